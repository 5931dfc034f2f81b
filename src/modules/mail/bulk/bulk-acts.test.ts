import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { insertFolder } from '../../../../test/fixtures/mailbox-rows.ts'
import { eventually } from '../../../../test/harness/eventually.ts'

let app: MailboxApp
let alice: MailboxOwner

before(async () => {
  app = await startMailboxApp({ ULTID_ROLES: 'api,jobs' })
  alice = await app.mailboxOf('alice')
})
after(() => app.close())

const request = (method: string, path: string, body?: unknown, as = 'alice') =>
  app.request(method, `/api/v1/mail${path}`, { as, ...(body !== undefined && { body }) })
const folder = async (id: string) => {
  const { items } = (await request('GET', '/folders')).body
  return items.find((one: { id: string }) => one.id === id) as { total_count: number; unread_count: number }
}
const done = (id: string) =>
  eventually(async () => {
    const { body } = await request('GET', `/bulk-acts/${id}`)
    assert.equal(body.state, 'done')
    return body
  })
const openOps = async (kind: string) => {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from mail_remote_op
    where owner_id = ${alice.ownerId} and kind = ${kind}`.execute(app.database)
  return rows[0]?.count
}
/** That many unread messages in a folder, by one statement each for messages and places. */
async function fill(folderId: string, count: number): Promise<void> {
  const { ownerId, mailAccountId } = alice
  await sql`with message as (
      insert into mail_message (owner_id, id, mail_account_id, received_at)
      select ${ownerId}, gen_random_uuid(), ${mailAccountId}, timestamptz '2026-01-01' + at * interval '1 minute'
      from generate_series(1, ${count}) as at returning id, received_at
    )
    insert into mail_location (owner_id, folder_id, shown_folder_id, uidvalidity, uid, mail_account_id, message_id, received_at)
    select ${ownerId}, ${folderId}, ${folderId}, 1, 1000000 + row_number() over (), ${mailAccountId}, id, received_at
    from message`.execute(app.database)
}

test('a folder of thousands is marked read: a thousand at once, the rest by jobs, and all of it taken back', async () => {
  const news = await insertFolder(app.database, alice, { path: 'News' })
  await fill(news, 2300)
  const begun = await request('PUT', `/folders/${news}/read`)
  assert.deepEqual([begun.status, begun.body.total_count, begun.body.done_count], [202, 2300, 1000])
  assert.ok((await folder(news)).unread_count <= 1300)
  const end = await done(begun.body.id)
  assert.deepEqual([end.done_count, (await folder(news)).unread_count, await openOps('set_flags')], [2300, 0, 2300])
  const { rows } = await sql<{ type: string }>`select distinct type from event where owner_id = ${alice.ownerId}
    order by type`.execute(app.database)
  assert.deepEqual(
    rows.map(({ type }) => type),
    ['mail.bulk_act_updated', 'mail.folder_updated'],
  )
  const undone = await request('POST', '/undo', { act_id: end.act_id })
  assert.equal(undone.status, 200)
  assert.equal((await done(undone.body.bulk_act_id)).done_count, 2300)
  assert.equal((await folder(news)).unread_count, 2300)
  const nothing = await request('PUT', `/folders/${news}/read`)
  assert.equal((await done(nothing.body.id)).total_count, 2300)
})

test('trash is emptied at once for its owner and, until that cannot be taken back, not on the server', async () => {
  const trash = await insertFolder(app.database, alice, { path: 'Trash', role: 'trash' })
  await fill(trash, 1200)
  const { body } = await request('DELETE', `/folders/${trash}/messages`)
  await done(body.id)
  assert.equal((await folder(trash)).total_count, 0)
  const { rows } = await sql<{ due: number }>`select count(*)::int as due from mail_remote_op
    where owner_id = ${alice.ownerId} and kind = 'delete' and next_attempt_at <= now()`.execute(app.database)
  assert.deepEqual([rows[0]?.due, await openOps('delete')], [0, 1200])
  const undone = await request('POST', '/undo', {})
  await done(undone.body.bulk_act_id)
  assert.deepEqual([(await folder(trash)).total_count, await openOps('delete')], [1200, 0])
})

test('only trash and junk are emptied, and nobody empties what is not theirs', async () => {
  const refused = await request('DELETE', `/folders/${alice.inbox}/messages`)
  assert.deepEqual([refused.status, refused.body.code], [409, 'mail.folder_not_emptiable'])
  for (const [method, path] of [
    ['DELETE', 'messages'],
    ['PUT', 'read'],
  ] as const) {
    const answer = await request(method, `/folders/${alice.inbox}/${path}`, undefined, 'bob')
    assert.deepEqual([answer.status, answer.body.code], [404, 'not_found'])
  }
})
