import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { fc } from '../../../test/harness/properties.ts'
import { createKeyRing } from './key-ring.ts'

const first = randomBytes(32)
const second = randomBytes(32)
const ring = createKeyRing(new Map([['k1', first]]), 'k1')

test('what was encrypted for a row comes back for that row, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (plaintext, binding) => {
      assert.equal(ring.decrypt(ring.encrypt(plaintext, binding), binding), plaintext)
    }),
  )
})

test('one plaintext never has the same ciphertext twice, and none shows it', () => {
  const ciphertexts = Array.from({ length: 100 }, () => ring.encrypt('hunter2 hunter2', 'row'))
  assert.equal(new Set(ciphertexts).size, 100)
  assert.ok(
    ciphertexts.every((text) => !Buffer.from(text, 'base64url').includes('hunter2') && !text.includes('hunter')),
  )
})

test('a ciphertext moved to another row does not open', () => {
  const ciphertext = ring.encrypt('secret', 'row-1')
  assert.throws(() => ring.decrypt(ciphertext, 'row-2'))
  assert.throws(() => ring.decrypt(ciphertext, ''))
})

test('a ciphertext of which any character was changed, dropped or added does not open', () => {
  const ciphertext = ring.encrypt('secret', 'row')
  const characters = [...'AZaz09-_=.+/ \n']
  fc.assert(
    fc.property(fc.nat(ciphertext.length), fc.constantFrom('', ...characters), fc.nat(1), (at, character, drop) => {
      const changed = ciphertext.slice(0, at) + character + ciphertext.slice(at + drop)
      fc.pre(changed !== ciphertext)
      assert.throws(() => ring.decrypt(changed, 'row'))
    }),
    { numRuns: 2000 },
  )
})

test('a shortened authentication tag is not enough', () => {
  const [version, id, nonce, sealed = ''] = ring.encrypt('', 'row').split('.')
  for (const length of [0, 4, 12, 15]) {
    const short = Buffer.from(sealed, 'base64url').subarray(0, length).toString('base64url')
    assert.throws(() => ring.decrypt(`${version}.${id}.${nonce}.${short}`, 'row'))
  }
})

test('an unknown key is named in the error, and no secret is', () => {
  const other = createKeyRing(new Map([['k2', second]]), 'k2')
  assert.throws(() => other.decrypt(ring.encrypt('secret', 'row'), 'row'), /"k1" is not in MAIL_CREDENTIAL_KEYS/)
  assert.throws(() => createKeyRing(new Map([['k1', first]]), 'gone').encrypt('secret', 'row'), /"gone"/)
})

test('after a rotation the new key encrypts and the old one still opens what it closed', () => {
  const rotated = createKeyRing(new Map([...[['k1', first] as const], ['k2', second]]), 'k2')
  const old = ring.encrypt('old', 'row')
  const fresh = rotated.encrypt('new', 'row')
  assert.equal(rotated.decrypt(old, 'row'), 'old')
  assert.equal(rotated.decrypt(fresh, 'row'), 'new')
  assert.deepEqual([old, fresh].map(rotated.keyIdOf), ['k1', 'k2'])
})

test('the same id with other bytes does not open', () => {
  const impostor = createKeyRing(new Map([['k1', second]]), 'k1')
  assert.throws(() => impostor.decrypt(ring.encrypt('secret', 'row'), 'row'))
})

test('a signature holds for its text and purpose alone, also after the active key changed', () => {
  const signature = ring.sign('text', 'images')
  const later = createKeyRing(
    new Map([
      ['k1', first],
      ['k2', second],
    ]),
    'k2',
  )
  assert(ring.isSigned('text', 'images', signature) && later.isSigned('text', 'images', signature))
  assert.notEqual(later.sign('text', 'images'), signature)
  const [id = '', mac = ''] = signature.split('.')
  const refused: [text: string, purpose: string, signature: string][] = [
    ['text!', 'images', signature],
    ['text', 'files', signature],
    ...['', '.', mac, `k2.${mac}`, `k3.${mac}`, `${id}.`, `${id}.${mac.slice(1)}`, `${id}.${mac}AAAA`].map(
      (forged): [string, string, string] => ['text', 'images', forged],
    ),
  ]
  for (const [text, purpose, forged] of refused) assert(!later.isSigned(text, purpose, forged), forged)
})
