import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { parseSearchQuery } from '../query/search-query.ts'
import type { SearchSource } from '../search-source.ts'
import { createCorrections, distanceOf } from './corrections.ts'

const person = { ownerId: 'owner', permissions: new Set(['mail:read']) }

/** A source that knows these words, whatever it is asked. */
const knowing = (...words: string[]): SearchSource => ({
  types: [{ type: 'mail.message', permission: 'mail:read' }],
  search: async () => ({ hits: [], isIncomplete: false }),
  similarWords: async () => words,
})

async function corrected(typed: string, ...known: string[]): Promise<string | undefined> {
  const corrections = createCorrections({ sources: [knowing(...known)], log: pino({ level: 'silent' }) })
  return corrections.of(person, typed, parseSearchQuery(typed).root ?? assert.fail())
}

test('words that nobody wrote are replaced by those that look most like them, the rest of the query stays', async () => {
  assert.equal(await corrected('budegt 2026', 'budget', 'buddies'), 'budget 2026')
  assert.equal(await corrected('Réunoin -draft from:ann', 'reunion'), 'reunion -draft from:ann')
  assert.equal(await corrected('from:anntoine', 'antoine'), 'from:antoine')
  assert.equal(await corrected('"planing day"', 'planning'), '"planning day"')
})

test('known words, short ones and those that look like nothing stay as they are', async () => {
  assert.equal(await corrected('budget', 'budget', 'budge'), undefined)
  assert.equal(await corrected('ann', 'ant'), undefined)
  assert.equal(await corrected('xylophone', 'budget'), undefined)
})

test('a swap of neighbours is one step, as is a letter changed, added or left out', () => {
  const cases: [string, string, number][] = [
    ['budegt', 'budget', 1],
    ['kitten', 'sitting', 3],
    ['same', 'same', 0],
    ['', 'abc', 3],
  ]
  for (const [a, b, distance] of cases) assert.equal(distanceOf(a, b), distance)
})
