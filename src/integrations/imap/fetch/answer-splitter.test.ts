import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../../test/harness/properties.ts'
import { createAnswerSplitter } from './answer-splitter.ts'

function split(chunks: readonly Buffer[], maxBytes = 1000) {
  const found: Array<[kind: string, text: string]> = []
  let isTooLarge = false
  const textOf = (parts: Buffer[]) => Buffer.concat(parts).toString('latin1')
  const splitter = createAnswerSplitter({
    onFetch: (parts) => void found.push(['fetch', textOf(parts)]),
    onOther: (parts) => void found.push(['other', textOf(parts)]),
    onTooLarge: () => {
      isTooLarge = true
    },
    maxBytes,
  })
  for (const chunk of chunks) splitter.push(chunk)
  return { found, isTooLarge }
}

test('FETCH answers are told from all else, wherever the network cuts them', () => {
  const answers: Array<[string, string]> = [
    ['other', '* 5 EXISTS\r\n'],
    ['fetch', '* 1 FETCH (UID 1 BODY[1] {9}\r\n* 9 FETC\n X {3}\r\nabc "{2}")\r\n'],
    ['fetch', '* 2 fetch (BODY[] {0}\r\n)\n'],
    ['other', '* LIST () "/" {3}\r\na\r\n\r\n'],
    ['other', '* VANISHED 1:3 {}\r\n'],
    ['fetch', '* 4294967295 FETCH ()\r\n'],
    ['other', 'A1 OK * 1 FETCH (done {x}\r\n'],
  ]
  const bytes = Buffer.from(answers.map(([, text]) => text).join(''), 'latin1')
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 40 }), (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
      const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end))
      assert.deepEqual(split(chunks).found, answers)
    }),
    { numRuns: 200, seed: 1 },
  )
})

test('more bytes in one answer than may be held are told as soon as they are announced', () => {
  assert(split([Buffer.from('* 1 FETCH (BODY[] {1000}\r\n')]).isTooLarge)
  assert(split([Buffer.from('* 1 FETCH (BODY['), Buffer.alloc(1000, 'x')]).isTooLarge)
  assert(!split([Buffer.from('* 1 FETCH (BODY[] {900}\r\n'), Buffer.alloc(900), Buffer.from(')\r\n')]).isTooLarge)
})
