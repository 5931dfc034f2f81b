import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { sql } from 'kysely'
import { startContactsApp } from '../../../../test/fixtures/contacts-app.ts'
import { bookStore } from '../books/book-store.ts'

suite('changes of an address book', async () => {
  const app = await startContactsApp()
  after(() => app.close())
  const { call, get, create, urlOf } = app
  const named = (list: { name: { full: string } }[]) => list.map(({ name }) => name.full).sort()

  test('are told since a token, page by page, with what is gone at the end', async () => {
    const [a, b] = [await create('alice', { name: { full: 'A' } }), await create('alice', { name: { full: 'B' } })]
    const first = await get('alice', '/contacts/changes?limit=1')
    assert.deepEqual([first.created.length, first.has_more], [1, true])
    const second = await get('alice', `/contacts/changes?limit=1&sync_token=${first.sync_token}`)
    assert.deepEqual(named([...first.created, ...second.created]), ['A', 'B'])
    assert.equal(second.has_more, false)
    const nothing = await get('alice', `/contacts/changes?sync_token=${second.sync_token}`)
    assert.deepEqual([nothing.created, nothing.updated, nothing.deleted], [[], [], []])
    await call('alice', 200, 'PATCH', urlOf(a), { name: { full: 'A2' } })
    await call('alice', 204, 'DELETE', urlOf(b))
    await create('alice', { name: { full: 'C' } })
    const delta = await get('alice', `/contacts/changes?sync_token=${nothing.sync_token}`)
    assert.deepEqual(
      [named(delta.created), named(delta.updated), delta.deleted],
      [['C'], ['A2'], [{ path: b.path, uid: b.uid }]],
    )
  })

  test('a token of another book, a made-up one and one from before forgotten deletions say to start over', async () => {
    const { sync_token: old } = await get('alice', '/contacts/changes')
    const other = (await call('alice', 201, 'POST', '', { name: 'Other' })).body.id
    const foreign = (await get('alice', `/${other}/changes`)).sync_token
    for (const token of [
      foreign,
      'made-up',
      Buffer.from('["x",1]').toString('base64url'),
      Buffer.from('{}').toString('base64url'),
    ]) {
      const refused = await call('alice', 409, 'GET', `/contacts/changes?sync_token=${token}`)
      assert.equal(refused.body.code, 'sync_token_invalid')
      assert.match(refused.body.message, /start over/)
    }
    const gone = await create('alice', { name: { full: 'Gone' } })
    await call('alice', 204, 'DELETE', urlOf(gone))
    const { database } = app.app.platform
    await sql`update contact_tombstone set gone_at = now() - interval '31 days'`.execute(database)
    await bookStore.forgetDeletions(database)
    await call('alice', 409, 'GET', `/contacts/changes?sync_token=${old}`)
  })
})
