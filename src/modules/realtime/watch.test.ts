import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { sql } from 'kysely'
import { eventually } from '../../../test/harness/eventually.ts'
import { openTestDatabase } from '../../../test/harness/open-database.ts'
import { credentialStore } from '../../platform/auth/credential-store.ts'
import { personalTokenStore } from '../../platform/auth/personal-token-store.ts'
import { sessionStore } from '../../platform/auth/session-store.ts'
import { newId } from '../../platform/ids.ts'
import { closings } from './closings.ts'
import { createWatch } from './watch.ts'

suite('connections whose end nobody told of', async () => {
  const { database, transact, close } = await openTestDatabase()
  after(close)
  const [ownerId, sessionId, tokenId] = [newId(), newId(), newId()]
  const expiresAt = new Date(Date.now() + 3_600_000)
  await database.insertInto('principal').values({ id: ownerId, issuer: 'https://issuer.test', subject: 'a' }).execute()
  await transact(async (tx) => {
    const origin = { userAgent: '', address: null }
    const session = { id: sessionId, secretHash: Buffer.alloc(32), issuerSession: null, refreshToken: null }
    await sessionStore.insert(tx, ownerId, { ...session, refreshAt: null, expiresAt, origin })
    const token = { id: tokenId, hash: Buffer.alloc(32, 1), name: 'a', permissions: [], expiresAt: null }
    await personalTokenStore.insert(tx, ownerId, token)
  })

  test('end with their session, token or person, and no others', async () => {
    let asked = 0
    const watch = createWatch({
      endings: { announce: () => undefined, listen: () => undefined },
      async inForce(held) {
        asked++
        return credentialStore.inForce(database, held)
      },
      askEveryMs: 10,
    })
    const closed = new Map<string, number>()
    const ends = Object.entries({ session: sessionId, token: tokenId, access: null }).map(([name, credentialId]) => {
      const end = watch.begin({
        ...{ ownerId, credentialId, expiresAt, onHeartbeat: () => undefined },
        close({ code }) {
          closed.set(name, code)
          end()
        },
      })
      return end
    })
    const twiceMore = async () => {
      const before = asked
      await eventually(() => assert.ok(asked > before + 1))
    }
    await twiceMore()
    assert.deepEqual([...closed.keys()], [])
    await transact((tx) => sessionStore.remove(tx, ownerId, sessionId))
    await eventually(() => assert.deepEqual([...closed], [['session', closings.sessionEnded.code]]))
    await transact((tx) => personalTokenStore.remove(tx, ownerId, tokenId))
    await eventually(() => assert.deepEqual([...closed.keys()], ['session', 'token']))
    await twiceMore()
    assert.deepEqual([...closed.keys()], ['session', 'token'])
    await sql`update principal set suspended_at = now() where id = ${ownerId}`.execute(database)
    await eventually(() => assert.deepEqual([...closed.keys()], ['session', 'token', 'access']))
    for (const end of ends) end()
  })
})
