import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { createSearch } from './search.ts'
import type { HitKey, SearchSource, SourceHit } from './search-source.ts'

const log = pino({ level: 'silent' })
const person = { ownerId: 'owner', permissions: new Set(['files:read', 'mail:read']) }
const idOf = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`

/** A source whose hits are numbered: the same number is the same moment. */
function sourceOf(type: string, numbers: number[], answer: Partial<SearchSource> = {}): SearchSource {
  const hits = numbers.map((number): SourceHit => {
    const when = `2026-01-01T00:00:00.${String(number).padStart(6, '0')}Z`
    const title = `${type} ${number}`
    return { type: `${type}.item`, id: idOf(number), when, title, text: 'found here', who: null, link: '/x', place: {} }
  })
  const isAfter = (hit: SourceHit, key: HitKey) => hit.when < key.when || (hit.when === key.when && hit.id < key.id)
  return {
    types: [{ type: `${type}.item`, permission: `${type}:read` }],
    async search({ after, limit }) {
      const left = hits.filter((hit) => !after || isAfter(hit, after)).sort((a, b) => (a.when < b.when ? 1 : -1))
      return { hits: left.slice(0, limit), isIncomplete: false }
    },
    ...answer,
  }
}

test('hits of all sources come in one order, and pages over them lose none', async () => {
  const search = createSearch({ log, sources: [sourceOf('mail', [9, 7, 5, 1]), sourceOf('files', [8, 6, 4, 3, 2])] })
  const titles: string[] = []
  let cursor: string | undefined
  do {
    const answer = await search.find(person, { q: 'x', cursor, limit: 2 })
    titles.push(...answer.items.map((item) => item.hit.title))
    cursor = answer.next_cursor ?? undefined
  } while (cursor)
  const expected = ['mail 9', 'files 8', 'mail 7', 'files 6', 'mail 5', 'files 4', 'files 3', 'files 2', 'mail 1']
  assert.deepEqual(titles, expected)
})

test('a source that fails or runs out of time is named, and the others answer', async () => {
  const failing = sourceOf('files', [], { search: () => Promise.reject(new Error('away')) })
  const slow = sourceOf('photos', [], {
    types: [{ type: 'photos.item', permission: 'mail:read' }],
    search: async () => ({ hits: [], isIncomplete: true }),
  })
  const search = createSearch({ log, sources: [sourceOf('mail', [1]), failing, slow] })
  const answer = await search.find(person, { q: 'x', cursor: undefined, limit: 10 })
  assert.equal(answer.items.length, 1)
  assert.deepEqual(answer.incomplete, [
    { type: 'files.item', reason: 'unavailable' },
    { type: 'photos.item', reason: 'timeout' },
  ])
})

test('a person without a module’s permission finds nothing of it', async () => {
  const search = createSearch({ log, sources: [sourceOf('mail', [1]), sourceOf('calendar', [2])] })
  const answer = await search.find(person, { q: 'x', cursor: undefined, limit: 10 })
  assert.deepEqual(
    answer.items.map((item) => item.hit.type),
    ['mail.item'],
  )
})
