import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, suite, test } from 'node:test'
import { sql } from 'kysely'
import { createTestDatabase } from '../../../../test/harness/database.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { startIssuer } from '../../../../test/harness/issuer.ts'
import { startRealtimeNode } from '../../../../test/harness/realtime.ts'
import { connectSocket } from '../../../../test/harness/socket-client.ts'

suite('who is let in to /ws', async () => {
  const [database, issuer] = await Promise.all([createTestDatabase(), startIssuer()])
  const node = await startRealtimeNode({ databaseUrl: database.url, issuer })
  after(async () => {
    await node.close()
    await Promise.all([database.drop(), issuer.close()])
  })
  async function newTicket(expiresInSeconds = 300): Promise<string> {
    const token = await issuer.token({ sub: 'alice' }, { expiresInSeconds })
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(`${node.url}/api/v1/realtime/tickets`, { method: 'POST', headers })
    assert.equal(answer.status, 201)
    const { ticket, expires_in } = (await answer.json()) as { ticket: string; expires_in: number }
    assert.equal(expires_in, 30)
    return ticket
  }
  const refused = (query: Parameters<typeof connectSocket>[1]) =>
    assert.rejects(connectSocket(node.url, query), /Unexpected server response: 401/)

  test('nobody without a token, with a foreign, an unsigned or an old one', async () => {
    await refused({})
    for (const key of ['foreign', 'none', 'hs256'] as const) {
      await refused({ token: await issuer.token({ sub: 'alice' }, { key }) })
    }
    await refused({ token: await issuer.token({ sub: 'alice' }, { expiresInSeconds: -1 }) })
  })

  test('the bearer of a ticket, once', async () => {
    const ticket = await newTicket()
    const client = await connectSocket(node.url, { ticket })
    await node.append(await node.ownerOf('alice'), { n: 1 })
    await eventually(() => assert.equal(client.events().length, 1))
    await refused({ ticket })
    client.socket.terminate()
  })

  test('of many who come with one ticket one', async () => {
    const ticket = await newTicket()
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => connectSocket(node.url, { ticket })))
    const clients = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []))
    assert.equal(clients.length, 1)
    for (const { socket } of clients) socket.terminate()
  })

  test('nobody with a ticket that is too old or made up', async () => {
    const ticket = await newTicket()
    await sql`update realtime_ticket set expires_at = now()`.execute(node.database)
    await refused({ ticket })
    const forged = Buffer.concat([Buffer.from(ticket, 'base64url').subarray(0, 16), randomBytes(24)])
    for (const made of [forged.toString('base64url'), 'x', '%00', randomBytes(40).toString('base64url')]) {
      await refused({ ticket: made })
    }
  })

  test('the bearer of a ticket no longer than the token lasts that it was made with', async () => {
    const client = await eventually(async () => connectSocket(node.url, { ticket: await newTicket(3) }))
    assert.equal(await client.closed, 4001)
  })

  test('tickets are not kept as they are, nor longer than needed', async () => {
    const ticket = await newTicket()
    const { rows } = await sql<{ hash: Buffer }>`select hash from realtime_ticket`.execute(node.database)
    assert.ok(!rows.some(({ hash }) => Buffer.from(ticket, 'base64url').includes(hash)))
    await sql`update realtime_ticket set expires_at = now()`.execute(node.database)
    await newTicket()
    const { rows: left } = await sql`select 1 from realtime_ticket`.execute(node.database)
    assert.equal(left.length, 1)
  })

  test('whoever does not ask for a WebSocket is told to', async () => {
    const headers = { authorization: `Bearer ${await issuer.token({ sub: 'alice' })}` }
    const answer = await fetch(`${node.url}/ws`, { headers })
    assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [400, 'invalid_request_body'])
  })

  test('an unknown or malformed parameter spends no ticket', async () => {
    const ticket = await newTicket()
    for (const resume_from of [-1, 1.5, Number.NaN]) {
      await assert.rejects(connectSocket(node.url, { ticket, resume_from }), /response: 400/, String(resume_from))
    }
    const client = await connectSocket(node.url, { ticket })
    client.socket.terminate()
  })
})
