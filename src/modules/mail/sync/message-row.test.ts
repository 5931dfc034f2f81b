import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ListedMessage } from '#integrations/imap/imap-fetch.ts'
import { messageRow } from './message-row.ts'

const now = new Date('2026-11-22T12:00:00Z')
const listed = (more: Partial<ListedMessage> = {}): ListedMessage => ({ seq: 1, uid: 7, flags: new Set(), ...more })

test('what is missing or absurd is empty, and the time of receipt is now', () => {
  const row = messageRow(listed({ envelope: { date: new Date('2999-01-01') }, internalDate: 'yesterday' }), now)
  assert.equal(row.sentAt, null)
  assert.equal(row.receivedAt, now)
  assert.deepEqual(row.from, { name: '', email: '' })
  assert.equal(row.messageIdHeader, null)
  assert(row.isStub)
})

test('flags become columns, the rest keywords; \\Recent is the session’s', () => {
  const { flags } = messageRow(
    listed({ flags: new Set(['\\SEEN', '\\Flagged', '\\Recent', '\\Deleted', 'b', 'a']) }),
    now,
  )
  assert.deepEqual(flags, {
    isRead: true,
    isStarred: true,
    isAnswered: false,
    isDraft: false,
    keywords: ['\\Deleted', 'a', 'b'],
  })
})

test('of a long chain of references the first and the newest are kept', () => {
  const ids = Array.from({ length: 300 }, (_, at) => `<${at}@x>`)
  const { references } = messageRow(listed({ headers: Buffer.from(`References: ${ids.join('\r\n ')}\r\n\r\n`) }), now)
  assert.equal(references.length, 100)
  assert.deepEqual([references[0], references[1], references.at(-1)], ['<0@x>', '<201@x>', '<299@x>'])
})

test('a raw 8-bit header is read in the charset of the body', () => {
  const header = Buffer.concat([
    Buffer.from('Subject: ', 'latin1'),
    Buffer.from('cff0e8e2e5f2', 'hex'),
    Buffer.from(',\r\n =?utf-8?Q?=C3=BC?=\r\nFrom: "'),
    Buffer.from('c8e2e0ed', 'hex'),
    Buffer.from('" <ivan@example.org>\r\n\r\n'),
  ])
  const bodyStructure = { type: 'text/plain', parameters: { charset: 'windows-1251' } }
  const row = messageRow(listed({ envelope: { subject: '\ufffd' }, rawHeader: header, bodyStructure }), now)
  assert.equal(row.subject, 'Привет, ü')
  assert.deepEqual(row.from, { name: 'Иван', email: 'ivan@example.org' })
})

test('any envelope gives a row that PostgreSQL takes', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 3000 }), fc.constantFrom('\0', '\ud800', 'a\ud800b\0'))
  const people = fc.array(fc.record({ name: text, address: text }), { maxLength: 5 })
  const envelope = fc.record(
    { subject: text, messageId: text, inReplyTo: text, from: people, to: people, date: fc.oneof(fc.date(), text) },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(envelope, text, (given, references) => {
      const headers = Buffer.from(`References: ${references}`)
      const row = messageRow(listed({ envelope: given as NonNullable<ListedMessage['envelope']>, headers }), now)
      const json = JSON.stringify(row)
      assert(!json.includes('\\u0000'))
      assert(!/\\ud[89a-f]/i.test(json))
      assert(row.subject.length <= 1000 && (row.messageIdHeader?.length ?? 0) <= 998)
    }),
  )
})
