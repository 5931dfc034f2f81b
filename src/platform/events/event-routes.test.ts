import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { sql } from 'kysely'
import { startMailboxApp } from '../../../test/fixtures/mailbox-app.ts'
import type { NewEvent } from './events.ts'

suite('GET /api/v1/events', async () => {
  const app = await startMailboxApp()
  after(app.close)
  const { ownerId } = await app.mailboxOf('alice')
  const { events, transact } = app.app.platform
  const append = (...types: NewEvent['type'][]) =>
    transact((tx) =>
      events.append(
        tx,
        ownerId,
        types.map((type): NewEvent => ({ type, data: { of: type } })),
      ),
    )
  const get = (query: string, options: { as?: string; headers?: Record<string, string> } = { as: 'alice' }) =>
    app.request('GET', `/api/v1/events${query}`, options)
  const typesOf = (body: { items: { type: string }[] }) => body.items.map(({ type }) => type)

  test('answers where the stream stands, and what came after', async () => {
    const { body: start } = await get('')
    assert.deepEqual([start.items, start.has_more], [[], false])
    await append('mail.message_created', 'mail.folder_created', 'mail.messageXcreated')
    const { body } = await get(`?after=${start.next_after}`)
    assert.deepEqual(typesOf(body), ['mail.message_created', 'mail.folder_created', 'mail.messageXcreated'])
    assert.deepEqual(body.items[0].data, { of: 'mail.message_created' })
    assert.equal(body.next_after, start.next_after + 3)
    const chosen = await get(`?after=${start.next_after}&types=mail.message_*,mail.none`)
    assert.deepEqual(typesOf(chosen.body), ['mail.message_created'])
    assert.equal(chosen.body.next_after, body.next_after, 'what was passed over is not looked at again')
    assert.deepEqual((await get(`?after=${body.next_after}`)).body.items, [])
  })

  test('goes through pages without a gap', async () => {
    const { body: start } = await get('')
    await append(...Array.from({ length: 7 }, (): NewEvent['type'] => 'mail.message_created'))
    const seqs: number[] = []
    let next = start.next_after
    for (let hasMore = true; hasMore; ) {
      const { body } = await get(`?after=${next}&limit=3`)
      seqs.push(...body.items.map(({ seq }: { seq: number }) => seq))
      next = body.next_after
      hasMore = body.has_more
    }
    assert.deepEqual(
      seqs,
      [1, 2, 3, 4, 5, 6, 7].map((n) => start.next_after + n),
    )
  })

  test('shows nothing of others, and nothing of modules that the token may not read', async () => {
    await append('mail.message_created')
    assert.deepEqual((await get('?after=0', { as: 'mallory' })).body.items, [])
    const token = await app.request('POST', '/api/v1/account/tokens', {
      as: 'alice',
      body: { name: 'one', permissions: ['search:read'] },
    })
    const headers = { authorization: `Bearer ${token.body.token}` }
    const { body } = await get('?after=0', { headers })
    assert.deepEqual(body.items, [])
    assert.ok(body.next_after > 0)
  })

  test('says so when events are no longer kept, and when there never were that many', async () => {
    const { body: start } = await get('')
    await append('mail.message_created', 'mail.message_created')
    await sql`delete from event where owner_id = ${ownerId} and seq <= ${start.next_after + 1}`.execute(app.database)
    const late = await get(`?after=${start.next_after}`)
    assert.deepEqual([late.status, late.body.code], [409, 'events_expired'])
    assert.match(late.body.message, new RegExp(`after=${start.next_after + 2}`))
    assert.equal((await get(`?after=${start.next_after + 1}`)).body.items.length, 1)
    assert.equal((await get('?after=0')).body.items.length, 1)
    assert.equal((await get('?after=99999999')).body.code, 'events_expired')
    assert.equal((await get('?types=%25')).body.code, 'invalid_request_body')
  })
})
