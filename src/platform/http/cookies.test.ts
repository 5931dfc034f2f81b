import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../test/harness/properties.ts'
import { readCookie, writeCookie } from './cookies.ts'

const attributes = { maxAgeSeconds: 60, isHttpOnly: true, isSecure: true }

test('what is written is read back among other cookies', () => {
  const word = fc.stringMatching(/^[\w.~-]+$/)
  fc.assert(
    fc.property(word, word, fc.array(fc.tuple(word, fc.string())), (name, value, others) => {
      const [written = ''] = writeCookie(name, value, attributes).split('; ')
      const noise = others
        .filter(([other]) => other !== name)
        .map(([other, text]) => `${other}=${text.replaceAll(';', '')}`)
      assert.equal(readCookie([...noise, written].join('; '), name), value)
    }),
  )
})

test('a name counts whole, and the first of several wins', () => {
  assert.equal(readCookie('xid=1; id2=2; id=3; id=4', 'id'), '3')
  assert.equal(readCookie('=1; id', 'id'), undefined)
})

test('a value that could add an attribute is not written', () => {
  for (const value of ['a;b', 'a b', 'a\r\nSet-Cookie: x', 'ü', '"a"', 'a,b']) {
    assert.throws(() => writeCookie('id', value, attributes))
  }
})
