import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../test/harness/properties.ts'
import { newId } from '../ids.ts'
import { createPersonalToken, readPersonalToken } from './personal-token.ts'

test('a token says whose it is, and no two are alike', () => {
  const ownerId = newId()
  const [one, two] = [createPersonalToken(ownerId), createPersonalToken(ownerId)]
  assert.notEqual(one, two)
  assert.equal(readPersonalToken(one)?.ownerId, ownerId)
  assert.notDeepEqual(readPersonalToken(one)?.hash, readPersonalToken(two)?.hash)
})

test('a token with any one character changed is none', () => {
  const token = createPersonalToken(newId())
  const character = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
  fc.assert(
    fc.property(fc.nat(token.length - 1), character, (at, other) => {
      fc.pre(token[at] !== other)
      assert.equal(readPersonalToken(token.slice(0, at) + other + token.slice(at + 1)), undefined)
    }),
  )
})

test('any other text is none', () => {
  fc.assert(fc.property(fc.string(), (text) => readPersonalToken(text) === undefined))
})
