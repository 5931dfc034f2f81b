import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anyText } from '../../../test/fixtures/any-text.ts'
import { fc } from '../../../test/harness/properties.ts'
import { attachmentDisposition, harmlessContentType } from './content-disposition.ts'

test('a file is saved under its name, in ASCII for old clients and encoded for the others', () => {
  const cases: [filename: string | null, header: string][] = [
    ['plan.pdf', 'attachment; filename="plan.pdf"'],
    ['Übersicht (1).pdf', `attachment; filename="_bersicht (1).pdf"; filename*=UTF-8''%C3%9Cbersicht%20%281%29.pdf`],
    ["it's 100%.txt", `attachment; filename="it's 100_.txt"; filename*=UTF-8''it%27s%20100%25.txt`],
    ['say "hi".txt', `attachment; filename="say _hi_.txt"; filename*=UTF-8''say%20%22hi%22.txt`],
    ['../../etc/passwd', 'attachment; filename="_.._etc_passwd"'],
    ['..\\evil.exe', 'attachment; filename="_evil.exe"'],
    ['a\r\nSet-Cookie: x=y', 'attachment; filename="aSet-Cookie_ x=y"'],
    ['photo\u202egnp.exe', 'attachment; filename="photognp.exe"'],
    ['.htaccess', 'attachment; filename="htaccess"'],
    ['', 'attachment; filename="attachment"'],
    [' . ', 'attachment; filename="attachment"'],
    [null, 'attachment; filename="attachment"'],
  ]
  for (const [filename, header] of cases) assert.equal(attachmentDisposition(filename), header)
})

test('any name makes a header that Node sends and that parses back', () => {
  fc.assert(
    fc.property(anyText(300), (filename) => {
      const header = attachmentDisposition(filename)
      assert.match(header, /^attachment; filename="[\x20-\x7e]+"(; filename\*=UTF-8''[\w!#$&+.^`|~%-]+)?$/)
      new Headers({ 'content-disposition': header })
      const [, encoded] = /filename\*=UTF-8''(.*)$/.exec(header) ?? []
      if (encoded) assert(!/[\p{Cc}\p{Cf}/\\]/u.test(decodeURIComponent(encoded)))
    }),
  )
})

test('types pass as they are, except those that a browser could run and what is none', () => {
  const kept = ['image/png', 'application/pdf', 'message/rfc822', 'application/vnd.ms-excel', 'text/calendar']
  for (const type of kept) assert.equal(harmlessContentType(type, null), type)
  assert.equal(harmlessContentType('text/plain', 'iso-8859-1'), 'text/plain; charset=iso-8859-1')
  assert.equal(harmlessContentType('text/plain', 'x; y="z"'), 'text/plain')
  assert.equal(harmlessContentType('image/png', 'utf-8'), 'image/png')
  const refused = [
    'text/html',
    'image/svg+xml',
    'application/xhtml+xml',
    'text/xml',
    'application/xml',
    'text/javascript',
  ]
  refused.push(
    'application/javascript',
    'application/x-javascript',
    'multipart/mixed',
    'text',
    '',
    'a/b\r\nx: y',
    'a/b; c',
  )
  for (const type of refused) assert.equal(harmlessContentType(type, null), 'application/octet-stream', type)
})
