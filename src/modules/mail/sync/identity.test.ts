import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchTombstones, type Tombstone } from './identity.ts'
import { type MessageRow, messageRow } from './message-row.ts'

const receivedAt = new Date('2026-11-02T10:00:00Z')
const row = (more: Partial<MessageRow> = {}): MessageRow => ({
  ...messageRow({ uid: 1, flags: [] }, receivedAt),
  messageIdHeader: '<a@x>',
  sizeBytes: 100,
  ...more,
})
const tombstone = (more: Partial<Tombstone> = {}): Tombstone => ({
  folder_id: 'inbox',
  uidvalidity: 1,
  uid: 9,
  shown_folder_id: 'inbox',
  message_id: 'm',
  message_id_header: '<a@x>',
  server_email_id: null,
  sent_at: null,
  received_at: receivedAt,
  sorted_at: receivedAt,
  is_deleted: false,
  is_snoozed: false,
  size_bytes: 100,
  ...more,
})
const matched = (rows: MessageRow[], tombstones: Tombstone[]) =>
  [...matchTombstones(rows, tombstones, 'archive')].map(([uid, match]) => [uid, match.message_id])

test('the same Message-ID, size and date is the same message', () => {
  assert.deepEqual(matched([row()], [tombstone()]), [[1, 'm']])
})

test('a Message-ID alone is no identity', () => {
  assert.deepEqual(matched([row()], [tombstone({ size_bytes: 101 })]), [])
  assert.deepEqual(matched([row()], [tombstone({ received_at: new Date(0) })]), [])
})

test('the Date header stands in where a server gave a moved message a new INTERNALDATE', () => {
  const sentAt = new Date('2026-11-01T00:00:00Z')
  const gone = tombstone({ received_at: new Date(0), sent_at: sentAt })
  assert.deepEqual(matched([row({ sentAt })], [gone]), [[1, 'm']])
})

test("the server's own identity decides where it has one", () => {
  const gone = tombstone({ server_email_id: 'E1', message_id_header: '<b@x>', size_bytes: 5, received_at: new Date(0) })
  assert.deepEqual(matched([row({ serverEmailId: 'E1' })], [gone]), [[1, 'm']])
  assert.deepEqual(matched([row({ serverEmailId: 'E2' })], [tombstone({ server_email_id: 'E1' })]), [])
})

test('each tombstone is used once, and one on its way here comes first', () => {
  const onItsWay = tombstone({ message_id: 'mine', shown_folder_id: 'archive', uid: 10 })
  assert.deepEqual(matched([row(), row({ uid: 2 }), row({ uid: 3 })], [tombstone(), onItsWay]), [
    [1, 'mine'],
    [2, 'm'],
  ])
})
