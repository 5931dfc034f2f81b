import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createMemoryCache } from '#platform/cache/memory-cache.ts'
import { createEvents } from '#platform/events/events.ts'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { insertFolder } from '../../../../test/fixtures/mailbox-rows.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { createWake } from '../wake.ts'
import { snoozeJobs } from './snooze-jobs.ts'

let app: MailboxApp
let alice: MailboxOwner

before(async () => {
  app = await startMailboxApp({ ULTID_ROLES: 'api,jobs' })
  alice = await app.mailboxOf('alice')
})
after(() => app.close())

const request = (method: string, path: string, body?: unknown) =>
  app.request(method, `/api/v1/mail${path}`, { as: 'alice', ...(body !== undefined && { body }) })
const shown = async (id: string) => (await request('GET', `/messages/${id}`)).body
const snooze = (id: string, until: string) => request('PUT', `/messages/${id}/snooze`, { until })
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
const listed = async (path: string): Promise<string[]> =>
  (await request('GET', path)).body.items.map((item: { id: string }) => item.id)
const threadsOf = async (folderId: string) =>
  (await request('GET', `/threads?folder_id=${folderId}`)).body.items.map(
    (one: { message_ids: string[] }) => one.message_ids,
  )
/** What every node with jobs does now and then, and when it starts. */
async function sweep(): Promise<void> {
  const events = createEvents(app.database, () => undefined)
  const deps = { database: app.database, transact: app.transact, events, wake: createWake(createMemoryCache()) }
  for (const { run } of snoozeJobs(deps).sweeps) await run()
}
/** As if the time had come while nobody was there. */
const makeDue = (id: string) =>
  app.database
    .updateTable('mail_message')
    .set({ snoozed_until: new Date(Date.now() - 3_600_000) })
    .where('id', '=', id)
    .execute()
const events = async (type: string) => {
  const rows = await app.database
    .selectFrom('event')
    .select('data')
    .where('owner_id', '=', alice.ownerId)
    .where('type', '=', type)
    .orderBy('seq')
    .execute()
  return rows.map(({ data }) => data as { message_id: string })
}

test('a snoozed message leaves the inbox and comes back on top of it, with its own date, also after a downtime', async () => {
  const [old, newer] = [
    await app.addMessage(alice, { folderId: alice.inbox, receivedAt: '2026-03-01T10:00:00Z' }),
    await app.addMessage(alice, { folderId: alice.inbox, receivedAt: '2026-03-02T10:00:00Z' }),
  ]
  const until = inHours(1)
  const { status, body } = await snooze(old, until)
  assert.deepEqual([status, body.snoozed_until], [200, until])
  assert.deepEqual(await listed(`/messages?folder_id=${alice.inbox}`), [newer])
  assert.deepEqual(await listed('/messages?role=snoozed'), [old])
  const { items } = (await request('GET', '/folders')).body
  assert.deepEqual(items.find((one: { role: string }) => one.role === 'snoozed').total_count, 1)
  assert.deepEqual(
    await app.database.selectFrom('mail_remote_op').selectAll().where('message_id', '=', old).execute(),
    [],
  )
  await makeDue(old)
  await sweep()
  await eventually(async () => assert.deepEqual(await listed(`/messages?folder_id=${alice.inbox}`), [old, newer]))
  const back = await shown(old)
  assert.deepEqual([back.snoozed_until, back.received_at], [null, '2026-03-01T10:00:00.000Z'])
  assert.deepEqual(await threadsOf(alice.inbox), [[old], [newer]])
  assert.deepEqual(
    (await events('mail.message_snooze_ended')).map((one) => one.message_id),
    [old],
  )
  const first = (await request('GET', `/messages?folder_id=${alice.inbox}&limit=1`)).body
  assert.deepEqual(await listed(`/messages?folder_id=${alice.inbox}&limit=1&cursor=${first.next_cursor}`), [newer])
})

test('a conversation of which one message comes back is on top once', async () => {
  const carol = await app.mailboxOf('carol')
  const add = (receivedAt: string) => app.addMessage(carol, { folderId: carol.inbox, receivedAt })
  const [one, two, other] = [
    await add('2026-03-01T10:00:00Z'),
    await add('2026-03-02T10:00:00Z'),
    await add('2026-03-03T10:00:00Z'),
  ]
  await app.database.updateTable('mail_message').set({ thread_id: one }).where('id', 'in', [one, two]).execute()
  const as = { as: 'carol' }
  await app.request('PUT', `/api/v1/mail/messages/${one}/snooze`, { ...as, body: { until: inHours(1) } })
  await app.request('DELETE', `/api/v1/mail/messages/${one}/snooze`, as)
  const { items } = (await app.request('GET', `/api/v1/mail/threads?folder_id=${carol.inbox}`, as)).body
  assert.deepEqual(
    items.map((item: { id: string }) => item.id),
    [one, other],
  )
})

test('a snooze is changed, ended and taken back; a message that is filed elsewhere does not come back', async () => {
  const id = await app.addMessage(alice, { folderId: alice.inbox })
  await snooze(id, inHours(1))
  const later = inHours(48)
  assert.equal((await snooze(id, later)).body.snoozed_until, later)
  await request('POST', '/undo', {})
  await request('POST', '/undo', {})
  assert.deepEqual([(await shown(id)).folder_id, (await shown(id)).snoozed_until], [alice.inbox, null])
  await snooze(id, later)
  const ended = await request('DELETE', `/messages/${id}/snooze`)
  assert.deepEqual([ended.status, ended.body.folder_id, ended.body.snoozed_until], [200, alice.inbox, null])
  await snooze(id, later)
  await request('PATCH', `/messages/${id}`, { folder_id: alice.archive })
  assert.equal((await shown(id)).snoozed_until, null)
})

test('one that lay in another folder comes back to the inbox, and is moved there on the server', async () => {
  const id = await app.addMessage(alice, { folderId: alice.archive })
  await snooze(id, inHours(1))
  await makeDue(id)
  await request('DELETE', `/messages/${id}/snooze`)
  assert.equal((await shown(id)).folder_id, alice.inbox)
  const ops = await app.database.selectFrom('mail_remote_op').selectAll().where('message_id', '=', id).execute()
  assert.deepEqual(
    ops.map(({ kind, change }) => [kind, change]),
    [['move', { folder_id: alice.inbox, from_folder_id: alice.archive }]],
  )
})

test('what cannot be snoozed, and times that are over, are refused; nobody files into the snoozed folder by hand', async () => {
  const trash = await insertFolder(app.database, alice, { path: 'Trash', role: 'trash' })
  const [id, trashed] = [
    await app.addMessage(alice, { folderId: alice.inbox }),
    await app.addMessage(alice, { folderId: trash }),
  ]
  const refused = await snooze(trashed, inHours(1))
  assert.deepEqual([refused.status, refused.body.code], [422, 'mail.not_snoozable'])
  for (const until of ['2020-01-01T00:00:00Z', inHours(24 * 366 * 6)]) {
    const answer = await snooze(id, until)
    assert.deepEqual([answer.status, answer.body.code], [422, 'mail.snooze_time_invalid'])
  }
  assert.equal((await snooze(id, 'tomorrow')).status, 400)
  const { items } = (await request('GET', '/folders')).body
  const { id: folder_id } = items.find((one: { role: string }) => one.role === 'snoozed')
  const filed = await request('PATCH', `/messages/${id}`, { folder_id })
  assert.deepEqual([filed.status, filed.body.code], [422, 'mail.folder_not_selectable'])
  for (const [method, body] of [
    ['PATCH', { name: 'Later' }],
    ['PATCH', { is_subscribed: false }],
    ['PATCH', { sync: 'none' }],
    ['DELETE', undefined],
  ] as const) {
    const answer = await request(method, `/folders/${folder_id}`, body)
    assert.deepEqual([answer.status, answer.body.code], [409, 'mail.folder_is_special'], JSON.stringify(body))
  }
})
