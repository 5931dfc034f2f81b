import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BodyLeaf } from '#integrations/imap/fetch/body-structure.ts'
import type { RawEnvelope } from '#integrations/imap/fetch/envelope.ts'
import { fc } from '../../../../test/harness/properties.ts'
import { type ListedMessage, messageRow } from './message-row.ts'

const now = new Date('2026-11-22T12:00:00Z')
const listed = (more: Partial<ListedMessage> = {}): ListedMessage => ({ uid: 7, flags: [], ...more })
const envelope = (more: Partial<RawEnvelope> = {}): RawEnvelope => ({
  ...{ date: null, subject: null, from: [], sender: [], replyTo: [], to: [], cc: [], bcc: [] },
  ...{ inReplyTo: null, messageId: null },
  ...more,
})
/** A byte for each character, as it is read from a server. */
const bytes = (text: string | Buffer) => Buffer.from(text as string).toString('latin1')

test('what is missing or absurd is empty, and the time of receipt is now', () => {
  const row = messageRow(listed({ envelope: envelope({ date: '1 Jan 2999' }), internalDate: 'yesterday' }), now)
  assert.equal(row.sentAt, null)
  assert.equal(row.receivedAt, now)
  assert.deepEqual(row.from, { name: '', email: '' })
  assert.equal(row.messageIdHeader, null)
  assert(row.isStub)
})

test('flags become columns, the rest keywords; \\Recent is the session’s', () => {
  const { flags } = messageRow(listed({ flags: ['\\SEEN', '\\Flagged', '\\Recent', '\\Deleted', 'b', 'a'] }), now)
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
  const { references } = messageRow(listed({ header: Buffer.from(`References: ${ids.join('\r\n ')}\r\n\r\n`) }), now)
  assert.equal(references.length, 100)
  assert.deepEqual([references[0], references[1], references.at(-1)], ['<0@x>', '<201@x>', '<299@x>'])
})

const noMore = { id: null, encoding: null, size: 1, disposition: null, dispositionParameters: [] }

test('encoded words are decoded; raw 8-bit text is UTF-8, or in the charset of the body', () => {
  const leaves: BodyLeaf[] = [{ part: '1', type: 'text/plain', parameters: ['charset', 'windows-1251'], ...noMore }]
  const [subject, name] = ['cff0e8e2e5f2', 'c8e2e0ed'].map((hex) => bytes(Buffer.from(hex, 'hex')))
  const from = [{ name: `"${name}"`, address: 'ivan@example.org' }]
  const row = messageRow(
    listed({
      envelope: envelope({
        subject: `${subject}, =?utf-8?Q?=C3=BC?=`,
        from,
        to: [{ name: bytes('Jürgen'), address: '' }],
      }),
      leaves,
    }),
    now,
  )
  assert.equal(row.subject, 'Привет, ü')
  assert.deepEqual(row.from, { name: 'Иван', email: 'ivan@example.org' })
  assert.deepEqual(row.recipients.to, [{ name: 'Jürgen', email: '' }])
})

test('any envelope gives a row that PostgreSQL takes', () => {
  const text = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }).map((some) => Buffer.from(some).toString('latin1')),
    fc.constantFrom('\0', 'a\0b', bytes(Buffer.from('eda080', 'hex')), '=?utf-8?B?7aCA?=', '=?utf-8?Q?=00?='),
  )
  const people = fc.array(fc.record({ name: text, address: text }), { maxLength: 5 })
  const any = fc.record({ subject: text, messageId: text, inReplyTo: text, from: people, to: people, date: text })
  fc.assert(
    fc.property(any, text, (given, references) => {
      const row = messageRow(
        listed({ envelope: envelope(given), header: Buffer.from(`References: ${references}`) }),
        now,
      )
      const json = JSON.stringify(row)
      assert(!json.includes('\\u0000'))
      assert(!/\\ud[89a-f]/i.test(json))
      assert(row.subject.length <= 1000 && (row.messageIdHeader?.length ?? 0) <= 998)
    }),
    { numRuns: 100, seed: 1 },
  )
})
