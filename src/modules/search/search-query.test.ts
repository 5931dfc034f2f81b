import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseSearchQuery } from './search-query.ts'

/** Terms as short as one would type them: `-` for excluded, quotes for a phrase, `*` for a beginning. */
const terms = (typed: string) =>
  parseSearchQuery(typed).terms.map(
    ({ text, isPhrase, isExcluded, isPrefix }) =>
      `${isExcluded ? '-' : ''}${isPhrase ? `"${text}"` : text}${isPrefix ? '*' : ''}`,
  )

test('words, phrases and what to leave out are read as people type them; the last word is a beginning', () => {
  const cases: [typed: string, read: string[]][] = [
    ['hello', ['hello*']],
    ['  hello   world ', ['hello', 'world*']],
    ['"hello world"', ['"hello world"']],
    ['"hello" world', ['"hello"', 'world*']],
    ['budget -draft', ['budget', '-draft']],
    ['-"not this" that', ['-"not this"', 'that*']],
    ['well-known', ['well-known*']],
    ['user@example.com', ['user@example.com*']],
  ]
  for (const [typed, read] of cases) assert.deepEqual(terms(typed), read, typed)
})

test('what makes no sense is read as words, or as nothing', () => {
  const cases: [typed: string, read: string[]][] = [
    ['"never closed', ['never', 'closed*']],
    ['a"b"c', ['a', '"b"', 'c*']],
    ['-', []],
    ['- - !!! & | :* ()', []],
    ['""', []],
    ["it's", ["it's*"]],
    ['a & !b | <->c:*', ['a', '!b', '<->c:**']],
    ['\0\0', []],
    ['日本語 emoji 🎉', ['日本語', 'emoji*']],
  ]
  for (const [typed, read] of cases) assert.deepEqual(terms(typed), read, typed)
})

test('anything at all is read, into at most twenty terms that PostgreSQL can take', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (typed) => {
      const { terms } = parseSearchQuery(typed)
      assert(terms.length <= 20)
      for (const { text } of terms) assert(text.isWellFormed() && !text.includes('\0') && text.length <= 200)
    }),
  )
  assert.equal(parseSearchQuery('word '.repeat(100)).terms.length, 20)
})
