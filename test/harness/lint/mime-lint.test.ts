import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { lintMime } from './mime-lint.ts'

const good = [
  'Date: Sun, 01 Mar 2026 12:00:00 +0000',
  'From: Alice <alice@example.test>',
  'To: "Bob, the second" <bob@example.test>, =?UTF-8?Q?J=C3=BCrgen?=',
  ' <j@example.test>',
  'Message-ID: <1@example.test>',
  'Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?= from here',
  'MIME-Version: 1.0',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'Hello.',
  '',
]
const lint = (lines: readonly string[]) => lintMime(Buffer.from(lines.join('\r\n'), 'latin1'))
const withLine = (from: RegExp, line: string) => good.map((one) => (from.test(one) ? line : one))

suite('the lint of messages', () => {
  test('finds nothing in a good one', () => assert.deepEqual(lint(good), []))

  const bad: [what: string, lines: string[]][] = [
    ['a weekday that it is not', withLine(/^Date/, 'Date: Mon, 01 Mar 2026 12:00:00 +0000')],
    ['a second From', [...good.slice(0, 2), 'From: eve@example.test', ...good.slice(2)]],
    ['blind copies', ['Bcc: eve@example.test', ...good]],
    ['an unquoted comma in a name', withLine(/^To/, 'To: Bob, the second <bob@example.test>')],
    ['an encoded word in quotes', withLine(/^To/, 'To: "=?UTF-8?Q?a?=" <bob@example.test>')],
    ['half a character', withLine(/^Subject/, 'Subject: =?UTF-8?Q?=C3?= =?UTF-8?Q?=BC?=')],
    ['raw UTF-8', withLine(/^Subject/, 'Subject: Gr\xc3\xbc\xc3\x9fe')],
    ['a header without its space', withLine(/^Subject/, 'Subject:x')],
    ['a Message-ID without a domain', withLine(/^Message-ID/, 'Message-ID: <1>')],
    ['an unquoted parameter', withLine(/^Content-Type/, 'Content-Type: text/plain; charset=utf-8; name=a b.txt')],
    ['no charset', withLine(/^Content-Type/, 'Content-Type: text/plain')],
    ['a multipart without parts', withLine(/^Content-Type/, 'Content-Type: multipart/mixed; boundary=b')],
    ['8 bits in 7bit', withLine(/^Hello/, 'Gr\xc3\xbc\xc3\x9fe')],
    ['a long line', withLine(/^Hello/, 'x'.repeat(999))],
    ['a bare LF', withLine(/^Hello/, 'a\nb')],
    ['a line that could be folded', withLine(/^Subject/, `Subject: ${'word '.repeat(20)}end`)],
    ['no date', good.slice(1)],
  ]
  for (const [what, lines] of bad) test(`finds ${what}`, () => assert.notDeepEqual(lint(lines), []))
})
