import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type AddressObject, simpleParser } from 'mailparser'
import { fc } from '../../../../test/harness/properties.ts'
import { composeMime, type Letter, messageIdOf, oneLine } from './compose.ts'

const letter = (changes: Partial<Letter> = {}): Letter => ({
  messageId: '<1@example.test>',
  date: new Date('2026-03-01T12:00:00Z'),
  from: { name: 'Alice', email: 'alice@example.test' },
  to: [{ name: '', email: 'bob@example.test' }],
  cc: [],
  subject: 'Hello',
  text: 'Hi',
  references: [],
  ...changes,
})

const headersOf = (mime: Buffer) => mime.toString('latin1').split('\r\n\r\n')[0] ?? ''

/** What a reader shows, with nothing but line ends and the last of them made alike. */
const lines = (text: string | false | undefined) => (text || '').replaceAll('\r\n', '\n').replace(/\n+$/, '')

const anyText = fc.string({ unit: 'grapheme', maxLength: 400 })
const anyName = fc.string({ unit: 'grapheme', maxLength: 60 })
const anyMailbox = fc.record({
  name: anyName,
  email: fc.stringMatching(/^[a-z0-9]{1,10}(\.[a-z0-9]{1,10}){0,2}@[a-z]{1,20}\.test$/),
})

suite('composing', () => {
  test('what was written is what is read, whatever it is', async () => {
    const property = fc.asyncProperty(
      fc.record({ subject: anyText, text: anyText, to: fc.array(anyMailbox, { minLength: 1, maxLength: 5 }) }),
      async ({ subject, text, to }) => {
        const mime = await composeMime(letter({ subject, text, to }))
        const parsed = await simpleParser(mime)
        assert.equal(parsed.subject ?? '', oneLine(subject))
        assert.equal(lines(parsed.text), lines(text.replaceAll(/\r\n?/g, '\n').replaceAll('\0', '')))
        const read = (parsed.to as AddressObject | undefined)?.value.map(({ address, name }) => ({
          email: address,
          name,
        }))
        assert.deepEqual(
          read,
          to.map(({ name, email }) => ({ email, name: oneLine(name) })),
        )
      },
    )
    await fc.assert(property, { numRuns: 300 })
  })

  test('the wire form is ASCII, CRLF, and of lines that every server takes', async () => {
    const property = fc.asyncProperty(anyText, fc.nat({ max: 3000 }), async (text, count) => {
      const mime = await composeMime(letter({ text: text + 'x'.repeat(count), html: `<p>${'y '.repeat(count)}` }))
      const wire = mime.toString('latin1')
      assert.doesNotMatch(wire, /[^\0-\x7f]/)
      assert.doesNotMatch(wire.replaceAll('\r\n', ''), /[\r\n\0]/)
      for (const line of wire.split('\r\n')) assert.ok(line.length <= 998, `a line of ${line.length} characters`)
    })
    await fc.assert(property, { numRuns: 100 })
  })

  test('nothing that is written adds a header', async () => {
    const mime = await composeMime(
      letter({
        subject: 'Hello\r\nBcc: eve@example.test\r\n\r\nbody',
        from: { name: 'Alice\r\nX-Evil: 1', email: 'alice@example.test' },
        to: [{ name: '"\r\nX-Evil: 2', email: 'bob@example.test' }],
        inReplyTo: '<a@b>\r\nX-Evil: 3',
        references: ['<a@b>\r\nX-Evil: 4'],
      }),
    )
    const headers = headersOf(mime)
    assert.doesNotMatch(headers, /^(bcc|x-evil)/im)
    const parsed = await simpleParser(mime)
    assert.equal(parsed.subject, 'Hello Bcc: eve@example.test body')
    assert.equal(lines(parsed.text), 'Hi')
  })

  test('a name that looks like a list of addresses stays one name', async () => {
    const name = 'eve@example.test>, <mallory@example.test'
    const parsed = await simpleParser(await composeMime(letter({ to: [{ name, email: 'bob@example.test' }] })))
    assert.deepEqual((parsed.to as AddressObject).value, [{ address: 'bob@example.test', name }])
  })

  test('bears its Message-ID, date and thread, and no Bcc', async () => {
    const mime = await composeMime(letter({ inReplyTo: '<p@x.test>', references: ['<r@x.test>', '<p@x.test>'] }))
    const parsed = await simpleParser(mime)
    assert.equal(parsed.messageId, '<1@example.test>')
    assert.deepEqual(parsed.date, new Date('2026-03-01T12:00:00Z'))
    assert.equal(parsed.inReplyTo, '<p@x.test>')
    assert.deepEqual(parsed.references, ['<r@x.test>', '<p@x.test>'])
    assert.equal(messageIdOf('0190', 'alice@example.test'), '<0190@example.test>')
  })

  test('HTML alone brings a text for those who read no HTML', async () => {
    const html = '<p>Dear <b>Bob</b>,</p><p>see <a href="https://example.test/a">this</a><img src="cid:x"></p>'
    const parsed = await simpleParser(await composeMime(letter({ text: undefined, html })))
    assert.equal(lines(parsed.html), html)
    assert.equal(lines(parsed.text), 'Dear Bob,\n\nsee this [https://example.test/a]')
  })

  test('content is never read from a file or the network', async () => {
    const html = '<img src="file:///etc/passwd"><img src="http://127.0.0.1/x">'
    const mime = (await composeMime(letter({ html }))).toString('latin1')
    assert.doesNotMatch(mime, /root:|Content-ID/i)
  })
})
