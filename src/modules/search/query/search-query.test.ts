import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../../test/harness/properties.ts'
import { allLeaves, type SearchNode } from './search-node.ts'
import { parseSearchQuery } from './search-query.ts'

const now = Temporal.ZonedDateTime.from('2026-05-23T12:00:00[UTC]')

/** A query as short as one would write it: `*` for a beginning, brackets around what belongs together. */
function shown(node: SearchNode | undefined): string {
  if (!node) return ''
  const star = 'isPrefix' in node && node.isPrefix ? '*' : ''
  switch (node.kind) {
    case 'words':
      return node.isPhrase ? `"${node.text}"` : node.text + star
    case 'field':
      return `${node.field}:${node.text}${star}`
    case 'not':
      return `-${shown(node.node)}`
    case 'all':
      return `(${node.nodes.map(shown).join(' ')})`
    case 'any':
      return `(${node.nodes.map(shown).join(' | ')})`
    default:
      return Object.values(node).join(':').replace('T00:00:00.000Z', '')
  }
}
const read = (typed: string) => shown(parseSearchQuery(typed, now).root)
const problems = (typed: string) => parseSearchQuery(typed, now).problems.map(({ column, length }) => [column, length])

test('words, phrases and what to leave out are read as people type them; the last word is a beginning', () => {
  const cases: [typed: string, read: string][] = [
    ['hello', 'hello*'],
    ['  hello   world ', '(hello world*)'],
    ['"hello world"', '"hello world"'],
    ['"hello" world', '("hello" world*)'],
    ['budget -draft', '(budget -draft)'],
    ['-"not this" that', '(-"not this" that*)'],
    ['well-known', 'well-known*'],
    ['user@example.com', 'user@example.com*'],
    ['inv* 2026', '(inv** 2026*)'],
  ]
  for (const [typed, expected] of cases) assert.equal(read(typed), expected, typed)
})

test('operators, OR, NOT and brackets bind as in other mail programs', () => {
  const cases: [typed: string, read: string][] = [
    ['from:ann subject:"the plan"', '(from:ann subject:the plan)'],
    ['FROM:Ann budget', '(from:Ann budget*)'],
    ['from: ann budget', '(from:ann budget*)'],
    ['from:(ann OR bob) x', '((from:ann | from:bob) x*)'],
    ['subject:(dinner movie) x', '(subject:dinner subject:movie x*)'],
    ['{from:ann from:bob} x', '((from:ann | from:bob) x*)'],
    ['a b OR c d', '((a b) | (c d*))'],
    ['a AND b', '(a b*)'],
    ['a (b OR c) -d', '(a (b | c) -d)'],
    ['NOT a b', '(-a b*)'],
    ['-(a OR from:b) c', '(-(a | from:b) c*)'],
    ['a or b', '(a or b*)'],
    ['http://x.example/y', 'http://x.example/y*'],
    ['colour:red', 'colour:red*'],
  ]
  for (const [typed, expected] of cases) assert.equal(read(typed), expected, typed)
})

test('states, times, sizes and types are read by their values', () => {
  const cases: [typed: string, read: string][] = [
    ['is:unread is:flagged', '(is:unread is:starred)'],
    ['has:attachment', 'attachment'],
    ['before:2026-05-23', 'until:2026-05-23'],
    ['after:2026/5/1', 'since:2026-05-01'],
    ['after:2026', 'since:2026-01-01'],
    ['on:2026-02', '(since:2026-02-01 until:2026-03-01)'],
    ['on:yesterday', '(since:2026-05-22 until:2026-05-23)'],
    ['older_than:7d', 'until:2026-05-16T12:00:00.000Z'],
    ['newer_than:2m', 'since:2026-03-23T12:00:00.000Z'],
    ['larger:10M smaller:1.5kb', '(larger:10485760 smaller:1536)'],
    ['type:file', 'type:drive.file'],
    ['type:photos.asset', 'type:photos.asset'],
  ]
  for (const [typed, expected] of cases) assert.equal(read(typed), expected, typed)
})

test('what makes no sense is read as words, and said at its column', () => {
  const cases: [typed: string, read: string, problems: number[][]][] = [
    ['"never closed', '(never closed*)', [[1, 1]]],
    ['a"b"c', '(a "b" c*)', []],
    ['x before:soon', '(x soon*)', [[3, 11]]],
    ['before:2026-02-30', '2026-02-30*', [[1, 17]]],
    ['is:purple', 'purple*', [[1, 9]]],
    ['has:x', 'x*', [[1, 5]]],
    ['larger:huge', 'huge*', [[1, 11]]],
    ['a from:', '(a from*)', [[3, 5]]],
    ['(a b', '(a b*)', [[1, 1]]],
    ['a) b', '(a b*)', [[2, 1]]],
    ['a OR', 'a', [[3, 2]]],
    ['OR a', 'a*', [[1, 2]]],
    ['-', '', []],
    ['- - !!! & | :* ()', '', [[11, 1]]],
    ['""', '', []],
    ["it's", "it's*", []],
    ['\0\0', '', []],
    ['日本語 emoji 🎉', '(日本語 emoji*)', []],
  ]
  for (const [typed, expected, at] of cases) {
    assert.equal(read(typed), expected, typed)
    assert.deepEqual(problems(typed), at, typed)
  }
  const [problem] = parseSearchQuery('x before:soon', now).problems
  assert.equal(problem?.message, 'before: takes a day, a month, a year, today or yesterday, as before:2026-05-23')
})

test('anything at all is read, into at most thirty leaves that PostgreSQL can take', () => {
  const pieces = [
    'from:',
    'is:',
    '(',
    ')',
    '{',
    '}',
    '"',
    '-',
    ' ',
    ' OR ',
    ' AND ',
    'NOT ',
    'word',
    'before:',
    '2026',
    '9999',
    '\ud800',
  ]
  const typed = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.array(fc.constantFrom(...pieces), { maxLength: 80 }).map((parts) => parts.join('')),
    fc.constantFrom('('.repeat(500), '-'.repeat(500), 'from:('.repeat(80), 'a OR '.repeat(100)),
  )
  fc.assert(
    fc.property(typed, (q) => {
      const { root, problems } = parseSearchQuery(q)
      const leaves = allLeaves(root)
      assert(leaves.length <= 40)
      for (const leaf of leaves) {
        if ('text' in leaf) assert(leaf.text.isWellFormed() && !leaf.text.includes('\0') && leaf.text.length <= 200)
      }
      for (const { column, length } of problems)
        assert(column >= 1 && length >= 1 && column - 1 + length <= q.length + 500)
    }),
  )
  assert.equal(allLeaves(parseSearchQuery('word '.repeat(100)).root).length, 30)
})

test('days begin and end where the reader is, also when the clocks change', () => {
  const tokyo = Temporal.ZonedDateTime.from('2026-05-23T02:00:00[Asia/Tokyo]')
  const paris = Temporal.ZonedDateTime.from('2026-03-29T12:00:00[Europe/Paris]')
  const times = (typed: string, at: Temporal.ZonedDateTime) =>
    JSON.stringify(parseSearchQuery(typed, at).root).match(/\d{4}-\d\d-\d\dT\d\d:\d\d/g)
  assert.deepEqual(times('on:today', tokyo), ['2026-05-22T15:00', '2026-05-23T15:00'])
  assert.deepEqual(times('after:2026-05', tokyo), ['2026-04-30T15:00'])
  assert.deepEqual(times('on:today', paris), ['2026-03-28T23:00', '2026-03-29T22:00'])
  assert.deepEqual(times('on:0001 or on:9999', tokyo)?.slice(0, 1), ['0001-01-01T00:00'])
})
