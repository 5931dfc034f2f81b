import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BodyLeaf } from '#integrations/imap/fetch/body-structure.ts'
import { fc } from '../../../../test/harness/properties.ts'
import { attachmentsOf, decodeText, hasAttachments, type MessagePart, messageParts, textPartsOf } from './body-parts.ts'

const leaf = (part: string, type: string, more: Partial<BodyLeaf> = {}): BodyLeaf => ({
  ...{ part, type, encoding: '7bit', size: 10, id: null, parameters: [], disposition: null, dispositionParameters: [] },
  ...more,
})
const decode = (bytes: Buffer, charset: string | null, encoding = '8bit') =>
  decodeText(bytes, { charset, encoding } as MessagePart)

test('a part is kept as its server describes it', () => {
  const [part] = messageParts([
    leaf('1', 'text/plain', { encoding: '7BIT', size: 3, parameters: ['charset', 'UTF-8'] }),
  ])
  assert.deepEqual(part, {
    part: '1',
    type: 'text/plain',
    encoding: '7bit',
    charset: 'utf-8',
    size: 3,
    disposition: null,
    filename: null,
    cid: null,
  })
})

test('text and HTML are the body; a picture inside the HTML is listed but shows no paper clip', () => {
  const image = leaf('2', 'image/png', { id: '<logo@x>', disposition: 'inline' })
  const parts = messageParts([leaf('1.1', 'text/plain'), leaf('1.2', 'text/html'), image])
  const { text, html } = textPartsOf(parts)
  assert.deepEqual([text?.part, html?.part], ['1.1', '1.2'])
  assert.deepEqual(
    attachmentsOf(parts).map((part) => [part.part, part.cid]),
    [['2', 'logo@x']],
  )
  assert.equal(hasAttachments(parts), false)
})

test('a named text is an attachment, a later unnamed one is kept without a paper clip', () => {
  const named = leaf('2', 'text/plain', { disposition: 'attachment', dispositionParameters: ['filename', 'notes.txt'] })
  const parts = messageParts([leaf('1', 'text/plain'), named, leaf('3', 'text/plain')])
  assert.equal(textPartsOf(parts).text?.part, '1')
  assert.deepEqual(
    attachmentsOf(parts).map((part) => part.part),
    ['2', '3'],
  )
  assert(hasAttachments(parts))
  assert(!hasAttachments(parts.filter((part) => part.part !== '2')))
})

test('names of files are decoded: encoded words, raw UTF-8, and RFC 2231 with its continuations', () => {
  const named = (...dispositionParameters: string[]) =>
    messageParts([leaf('1', 'image/png', { disposition: 'attachment', dispositionParameters })])[0]?.filename
  assert.equal(named('filename', '=?utf-8?Q?Gr=C3=BC=C3=9Fe=2Epng?='), 'Grüße.png')
  assert.equal(named('filename', Buffer.from('Grüße.png').toString('latin1')), 'Grüße.png')
  assert.equal(named('filename*0*', "utf-8'de'Gr%C3%BC", 'filename*1', 'n.png'), 'Grün.png')
  assert.equal(named('filename', "utf-8''Gr%C3%BCn.png"), 'Grün.png')
  assert.equal(named('filename', "it's.png"), "it's.png")
})

test('transfer encodings are undone, joined base64 blocks and broken escapes included', () => {
  assert.equal(decode(Buffer.from('SGVs\r\nbG8='), 'utf-8', 'base64'), 'Hello')
  assert.equal(decode(Buffer.from('SGVsbG8=IFdlcmxk'), 'utf-8', 'base64'), 'Hello Werld')
  assert.equal(decode(Buffer.from('Gr=C3=BC=\r\n=C3=9Fe =ZZ ='), 'utf-8', 'quoted-printable'), 'Grüße =ZZ =')
})

test('charsets are read as labelled, and as meant where the label lies', () => {
  assert.equal(decode(Buffer.from([0x93, 0xe9, 0x94]), 'iso-8859-1'), '“é”')
  assert.equal(decode(Buffer.from('1b2442467c4b5c1b2842', 'hex'), 'iso-2022-jp'), '日本')
  assert.equal(decode(Buffer.from('c4e3bac3', 'hex'), 'gb2312'), '你好')
  assert.equal(decode(Buffer.from('Grüße'), 'us-ascii'), 'Grüße')
  assert.equal(decode(Buffer.from('Grüße'), 'x-nonsense'), 'Grüße')
  assert.equal(decode(Buffer.from('Gr\xfc\xdfe', 'latin1'), null), 'Grüße')
  assert.equal(decode(Buffer.from('Gr\xfc\xdfe', 'latin1'), 'utf-8'), 'Grüße')
  assert.equal(decode(Buffer.from('caf\xe9', 'latin1'), null), 'café')
  assert.equal(decode(Buffer.from('日本語日本語').subarray(0, -1), 'utf-8'), '日本語日本')
})

test('any bytes in any encoding and charset decode to text that PostgreSQL takes', () => {
  const charsets = ['utf-8', 'utf-16', 'utf-7', 'gb18030', 'iso-2022-jp', 'iso-8859-15', 'koi8-r', 'unknown-8bit', '']
  const encodings = ['7bit', '8bit', 'base64', 'quoted-printable', 'x-uuencode', '']
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(...charsets),
      fc.constantFrom(...encodings),
      (bytes, charset, encoding) => {
        const text = decode(Buffer.from(bytes), charset, encoding)
        assert(!text.includes('\0') && text.isWellFormed())
      },
    ),
  )
})
