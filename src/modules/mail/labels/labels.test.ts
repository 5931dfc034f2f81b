import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { remoteOpStore } from '../changes/remote-op-store.ts'

let app: MailboxApp
let alice: MailboxOwner

before(async () => {
  app = await startMailboxApp({ ULTID_ROLES: 'api,jobs' })
  alice = await app.mailboxOf('alice')
})
after(() => app.close())

const request = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  app.request(method, `/api/v1/mail${path}`, { as: 'alice', headers, ...(body !== undefined && { body }) })
async function made(name: string, more: object = {}) {
  const { status, body } = await request('POST', '/labels', { name, ...more })
  assert.equal(status, 201, JSON.stringify(body))
  return body as { id: string; name: string; color: string; keyword: string }
}
const act = (action: string, id: string, label: { id: string }) =>
  request('POST', '/acts', { action, message_ids: [id], label_ids: [label.id] })
const shown = async (id: string) => (await request('GET', `/messages/${id}`)).body
const labelsOf = async (id: string): Promise<string[]> => (await shown(id)).label_ids
const opsOf = async (id: string) => {
  const ops = await app.transact((tx) => remoteOpStore.lockOpenOf(tx, alice.ownerId, [id]))
  return ops.map(({ kind, change }) => [kind, change])
}
const setKeywords = (id: string, keywords: string[]) =>
  app.database.updateTable('mail_location').set({ keywords }).where('message_id', '=', id).execute()

test('a label is made, named anew and deleted; names are told apart without regard to case', async () => {
  const label = await made('  Zu erledigen ', { color: '#ff8800' })
  assert.deepEqual([label.name, label.color, label.keyword], ['Zu erledigen', '#ff8800', 'Zu_erledigen'])
  for (const [name, status, code] of [
    ['zu ERLEDIGEN', 409, 'mail.label_exists'],
    ['   ', 422, 'mail.label_name_invalid'],
    ['two\nlines', 422, 'mail.label_name_invalid'],
  ] as const) {
    const answer = await request('POST', '/labels', { name })
    assert.deepEqual([answer.status, answer.body.code], [status, code], name)
  }
  const foreign = await made('大事')
  assert.match(foreign.keyword, /^label_[0-9a-f]{8}$/)
  const { headers } = await request('GET', `/labels/${label.id}`)
  const ifMatch = { 'if-match': headers.get('etag') ?? '' }
  const changed = await request('PATCH', `/labels/${label.id}`, { name: 'Tasks', color: '#000000' }, ifMatch)
  assert.deepEqual([changed.status, changed.body.name, changed.body.keyword], [200, 'Tasks', 'Zu_erledigen'])
  const stale = await request('PATCH', `/labels/${label.id}`, { name: 'Other' }, ifMatch)
  assert.deepEqual([stale.status, stale.body.code], [412, 'etag_mismatch'])
  assert.equal((await request('PATCH', `/labels/${foreign.id}`, { name: 'TASKS' })).body.code, 'mail.label_exists')
  const names = async () =>
    (await request('GET', '/labels?limit=200')).body.items.map((one: { name: string }) => one.name)
  assert.deepEqual(await names(), ['Tasks', '大事'])
  const first = (await request('GET', '/labels?limit=1')).body
  const second = (await request('GET', `/labels?limit=1&cursor=${first.next_cursor}`)).body
  assert.deepEqual([first.items[0].name, second.items[0].name, second.next_cursor], ['Tasks', '大事', null])
  for (const { id } of [label, foreign]) assert.equal((await request('DELETE', `/labels/${id}`)).status, 202)
  assert.deepEqual(await names(), [])
})

test('a keyword of another program is taken, one that means something else is refused', async () => {
  assert.equal((await made('Important to Thunderbird', { keyword: '$label1' })).keyword, '$label1')
  for (const keyword of ['$Junk', '\\Seen', 'two words', 'NonJunk', 'ü', '(']) {
    const answer = await request('POST', '/labels', { name: `With ${keyword.codePointAt(0)}`, keyword })
    assert.deepEqual([answer.status, answer.body.code], [422, 'mail.label_keyword_invalid'], keyword)
  }
})

test('where the server keeps keywords a label is one, shown and listed at once, and taken back', async () => {
  const label = await made('Work')
  const id = await app.addMessage(alice, { folderId: alice.inbox })
  await act('label', id, label)
  assert.deepEqual([await labelsOf(id), (await shown(id)).keywords], [[label.id], ['Work']])
  assert.deepEqual(await opsOf(id), [['set_flags', { add: ['Work'], remove: [] }]])
  const listed = await request('GET', `/messages?label_id=${label.id}`)
  assert.deepEqual(
    listed.body.items.map((one: { id: string }) => one.id),
    [id],
  )
  assert.equal((await act('label', id, label)).body.items[0].status, 'unchanged')
  await request('POST', '/undo', {})
  assert.deepEqual(await labelsOf(id), [])
  // What another program sets or clears is followed.
  await setKeywords(id, ['work'])
  assert.deepEqual(await labelsOf(id), [label.id])
  await setKeywords(id, [])
  assert.deepEqual(await labelsOf(id), [])
})

test('where the server keeps no keywords a label is kept here alone', async () => {
  const label = await made('Home')
  const id = await app.addMessage(alice, { folderId: alice.archive })
  await app.database.updateTable('mail_folder').set({ keeps_keywords: false }).where('id', '=', alice.archive).execute()
  await act('label', id, label)
  assert.deepEqual([await labelsOf(id), (await shown(id)).keywords, await opsOf(id)], [[label.id], [], []])
  await request('PATCH', `/messages/${id}`, { is_read: true })
  assert.deepEqual(await labelsOf(id), [label.id])
  await act('unlabel', id, label)
  assert.deepEqual(await labelsOf(id), [])
})

test('a new label is given to what bears its keyword already; deleted, it is taken from all messages', async () => {
  const ids = [
    await app.addMessage(alice, { folderId: alice.inbox }),
    await app.addMessage(alice, { folderId: alice.inbox }),
  ]
  for (const id of ids) await setKeywords(id, ['Travel'])
  const label = await made('Travel')
  await eventually(async () => {
    for (const id of ids) assert.deepEqual(await labelsOf(id), [label.id])
  })
  const { body } = await request('DELETE', `/labels/${label.id}`)
  assert.deepEqual([body.state, body.done_count, body.total_count], ['done', 2, 2])
  for (const id of ids) {
    assert.deepEqual([await labelsOf(id), (await shown(id)).keywords], [[], []])
    assert.deepEqual(await opsOf(id), [['set_flags', { add: [], remove: ['Travel'] }]])
  }
  const rows = await app.database
    .selectFrom('mail_message_label')
    .selectAll()
    .where('label_id', '=', label.id)
    .execute()
  assert.deepEqual(rows, [])
})
