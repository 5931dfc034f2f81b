import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anyText } from '../../../../test/fixtures/any-text.ts'
import { fc } from '../../../../test/harness/properties.ts'
import { readLetter } from './imported-letter.ts'
import { type MboxEntry, readMbox } from './mbox-reader.ts'
import { mboxBody, mboxHead } from './mbox-writer.ts'

async function* inChunks(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
async function read(text: string, { size = 7, max = 1_000_000, start = 0 } = {}): Promise<MboxEntry[]> {
  return Array.fromAsync(readMbox(inChunks(text.slice(start), size), { start, maxMessageBytes: max }))
}
const contents = (entries: MboxEntry[]) => entries.map(({ content }) => content?.toString('latin1'))
const now = new Date('2026-05-01T00:00:00Z')

test('messages are told apart as the programs that write mailbox files mean it', async () => {
  const one = 'Subject: one\n\nHello\n'
  const from = 'From ann@example.test Mon Mar  2 10:00:00 2026\n'
  assert.deepEqual(contents(await read(`${from}${one}\n${from}${one}`)), [one, one])
  // Thunderbird, Gmail's Takeout, and a bare line.
  assert.deepEqual(
    contents(
      await read(`From - Mon Mar 02 10:00:00 2026\r\n${one}\r\nFrom 123@xxx Mon Mar 02 10:00:00 +0000 2026\n${one}`),
    ).length,
    2,
  )
  assert.deepEqual(contents(await read(`From \n${one}\nFrom \n${one}`)), [one, one])
  // What only looks like one: in a sentence, or quoted.
  const tricky =
    'Subject: x\n\nFrom here on all is well.\n\nFrom now: on\n>From a@b Mon Mar  2 10:00:00 2026\n>>From x\n'
  const [entry, ...others] = await read(from + tricky)
  assert.deepEqual(
    [entry?.content?.toString(), others],
    [tricky.replace('>From', 'From').replace('>>From', '>From'), []],
  )
  assert.equal(entry?.fromLine, 'ann@example.test Mon Mar  2 10:00:00 2026')
  assert.deepEqual(contents(await read(one)), [one])
  assert.deepEqual(await read(''), [])
})

test('reading goes on wherever a message began, and passes over one that is too large', async () => {
  const from = 'From a@b Mon Mar  2 10:00:00 2026\n'
  const letters = ['small', 'x'.repeat(9000), 'after', 'last'].map(
    (text) => `Subject: ${text.slice(0, 9)}\n\n${text}\n`,
  )
  const file = letters.map((letter) => from + letter).join('\n')
  for (const size of [1, 100, 5000, 100_000]) {
    const entries = await read(file, { size, max: 4000 })
    assert.deepEqual(contents(entries), [letters[0], undefined, letters[2], letters[3]])
    assert.deepEqual(
      entries.map(({ start }) => file.slice(start, start + 5)),
      ['From ', 'From ', 'From ', 'From '],
    )
    assert.equal(entries.at(-1)?.end, file.length)
    for (const { start } of entries) {
      const rest = await read(file, { size, start })
      assert.deepEqual(
        rest.map((entry) => entry.start),
        entries.map((entry) => entry.start).filter((at) => at >= start),
      )
    }
  }
})

test('what is written is read again: the same bytes, flags and time, however it is cut', async () => {
  const line = fc.oneof(
    fc.constantFrom('From x 10:00', '>From a', '', 'From ', 'Subject: y', '>>From ', '.'),
    anyText(20).map((text) => text.replace(/[\r\n]/g, '').replace(/[^\0-\xff]/g, '?')),
  )
  const letter = fc
    .array(line, { maxLength: 12 })
    .map((lines) => `Subject: x\r\nMessage-ID: <a@b>\r\n\r\n${lines.map((one) => `${one}\r\n`).join('')}`)
  const flags = fc.subarray(['\\Seen', '\\Flagged', '\\Answered', '\\Draft', '$Work'])
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(letter, flags), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 400 }),
      async (letters, size) => {
        let file = ''
        for (const [text, set] of letters) {
          file += mboxHead({
            flags: new Set(set),
            labels: new Set(['Grüße, alle']),
            receivedAt: new Date('2026-03-02T10:00:00Z'),
          })
          for await (const bytes of mboxBody(inChunks(text, size))) file += bytes.toString('latin1')
        }
        const read_ = (await read(file, { size })).map(({ content, fromLine }) =>
          readLetter(content ?? Buffer.alloc(0), { fromLine, isRead: true, now }),
        )
        assert.deepEqual(
          read_.map((one) => [one?.bytes.toString('latin1'), one?.flags.toSorted(), one?.receivedAt?.toISOString()]),
          letters.map(([text, set]) => [text, set.toSorted(), '2026-03-02T10:00:00.000Z']),
        )
      },
    ),
    { numRuns: 200 },
  )
})

test('a message tells its flags and its arrival in the words of many programs', () => {
  const letter = (fields: string, { fromLine = '', isRead = true } = {}) =>
    readLetter(Buffer.from(`${fields}\nSubject: x\n\nHi`), { fromLine, isRead, now })
  assert.deepEqual(letter('X: 1')?.flags, ['\\Seen'])
  assert.deepEqual(letter('X: 1', { isRead: false })?.flags, [])
  assert.deepEqual(letter('Status: O')?.flags, [])
  assert.deepEqual(letter('Status: RO\nX-Status: AF\nX-Keywords: $Work bad(word)')?.flags, [
    '\\Seen',
    '\\Answered',
    '\\Flagged',
    '$Work',
  ])
  assert.deepEqual(letter('X-Mozilla-Status: 0005')?.flags, ['\\Seen', '\\Flagged'])
  assert.deepEqual(letter('X-Gmail-Labels: Inbox,Unread,Starred')?.flags, ['\\Flagged'])
  assert.equal(letter('Status: R\nX-Mozilla-Keys: a\n b')?.bytes.toString(), 'Subject: x\r\n\r\nHi\r\n')
  const date = 'Date: Mon, 2 Mar 2026 10:00:00 +0100 (CET)'
  assert.equal(letter(date)?.receivedAt?.toISOString(), '2026-03-02T09:00:00.000Z')
  assert.equal(
    letter(`Received: from a by b; Tue, 3 Mar 2026 08:00:00 +0000\n${date}`)?.receivedAt?.toISOString(),
    '2026-03-03T08:00:00.000Z',
  )
  assert.equal(letter('X: 1', { fromLine: 'a@b Mon Mar  2 10:00:00 2026 UTC' })?.receivedAt?.getUTCFullYear(), 2026)
  assert.equal(letter('Date: Fri, 1 Jan 2100 00:00:00 +0000')?.receivedAt, undefined)
  assert.equal(letter('Message-Id:\n <a@b.test>')?.messageIdHeader, '<a@b.test>')
  for (const nothing of ['', 'no header at all', '\n\nHi', ' folded: x\n']) {
    assert.equal(readLetter(Buffer.from(nothing), { fromLine: '', isRead: true, now }), undefined)
  }
})

test('any bytes are read in order, without a gap, and end', async () => {
  const piece = fc.oneof(
    fc.constantFrom('\nFrom ', 'From a@b 10:00\n', '\n\n', 'Subject: x\n', '\r\n', '>From '),
    anyText(30).map((text) => text.replace(/[^\0-\xff]/g, '?')),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), fc.integer({ min: 1, max: 300 }), async (pieces, size) => {
      const file = pieces.join('')
      let at = 0
      for (const { start, end } of await read(file, { size, max: 50 })) {
        assert(start === at && end > start)
        at = end
      }
      assert.equal(at, file.length)
    }),
    { numRuns: 300 },
  )
})
