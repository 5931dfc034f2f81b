import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../test/harness/properties.ts'
import { type Part, parseMessage } from './mime.ts'
import { bodyStructure, envelope } from './structure.ts'

const lines = fc.constantFrom(
  ...[
    '',
    ' folded',
    'text',
    '--a',
    '--a--',
    '--b',
    'Subject: x',
    'From: a <a@x>, b: c@y;',
    'MIME-Version',
    '\r',
    '\xe9"\\',
  ],
  ...['Content-Type: multipart/mixed; boundary=a', 'Content-Type: multipart/digest; boundary="b"'],
  ...['Content-Type: message/rfc822', 'Content-Disposition: attachment; filename="a;\\"b"'],
)
const messages = fc
  .tuple(fc.array(lines, { maxLength: 30 }), fc.constantFrom('\r\n', '\n'))
  .map(([parts, lineBreak]) => parts.join(lineBreak))

const children = (part: Part) => [...(part.parts ?? []), ...(part.message ? [part.message] : [])]

test('every part of any message lies within the one around it', () => {
  const check = (part: Part) => {
    assert.ok(part.start <= part.body && part.body <= part.end)
    for (const child of children(part)) {
      assert.ok(part.body <= child.start && child.end <= part.end)
      check(child)
    }
  }
  fc.assert(
    fc.property(messages, (raw) => check(parseMessage(raw))),
    { numRuns: 2000 },
  )
})

test('any message is described in balanced parentheses', () => {
  const depth = (text: string) => {
    const bare = text.replace(/\{(\d+)\}\r\n/g, '').replace(/"(?:\\.|[^"\\])*"/g, '')
    return bare.split('(').length - bare.split(')').length
  }
  const property = fc.property(messages, (raw) => {
    const part = parseMessage(raw)
    assert.equal(depth(bodyStructure(part, raw, 'BODYSTRUCTURE')), 0)
    assert.equal(depth(envelope(part)), 0)
  })
  fc.assert(property, { numRuns: 2000 })
})

test('nesting without end is cut off', () => {
  const raw = 'Content-Type: message/rfc822\r\n\r\n'.repeat(5000)
  assert.ok(bodyStructure(parseMessage(raw), raw, 'BODYSTRUCTURE').length > 0)
})
