import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { createSearch } from '../search.ts'
import type { HitKey, RankedHit, SearchSource, SourceHit, SourceRequest } from '../search-source.ts'
import { scoreOf } from './ranking.ts'

const now = new Date('2026-05-23T09:00:00Z')
const person = { ownerId: 'owner', permissions: new Set(['mail:read', 'photos:read']) }
const idOf = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`

/** Hits of one each hour; every seventh is about what was looked for. */
const hits = Array.from({ length: 1300 }, (_, number): SourceHit => {
  const when = `${new Date(now.getTime() - number * 3_600_000).toISOString().slice(0, 19)}.000000Z`
  return {
    type: 'mail.message',
    id: idOf(number),
    when,
    title: `${number}`,
    text: '',
    who: null,
    link: '/x',
    place: {},
  }
})
const isAfter = (hit: HitKey, key: HitKey | undefined) =>
  !key || hit.when < key.when || (hit.when === key.when && hit.id < key.id)
const newest = ({ after, limit }: SourceRequest) => hits.filter((hit) => isAfter(hit, after)).slice(0, limit)
const rankOf = (hit: HitKey): RankedHit => {
  const isAbout = Number(hit.id.slice(-12)) % 7 === 0
  return { id: hit.id, when: hit.when, type: 'mail.message', textRank: isAbout ? 0.8 : 0.05, importance: 0 }
}

/** Without what is in `gone`, which was deleted after it was ranked. */
const ranking = (gone: ReadonlySet<string> = new Set()): SearchSource => ({
  types: [{ type: 'mail.message', permission: 'mail:read' }],
  search: async (request) => ({ hits: newest(request), isIncomplete: false }),
  rank: async (request) => ({ hits: newest(request).map(rankOf), isIncomplete: false }),
  present: async (_request, ids) => hits.filter(({ id }) => ids.includes(id) && !gone.has(id)),
})

/** One that can only say what it has, newest first. */
const unranked: SearchSource = {
  types: [{ type: 'photos.asset', permission: 'photos:read' }],
  search: async ({ after, limit }) => ({
    hits: hits
      .slice(0, 5)
      .map((hit) => ({ ...hit, type: 'photos.asset', id: hit.id.replace('0000', 'ffff'), title: `photo ${hit.title}` }))
      .filter((hit) => isAfter(hit, after))
      .slice(0, limit),
    isIncomplete: false,
  }),
}

async function pages(sources: SearchSource[], limit: number): Promise<string[][]> {
  const search = createSearch({ sources, log: pino({ level: 'silent' }), now: () => now })
  const found: string[][] = []
  for (let cursor: string | undefined; ; ) {
    const { items, next_cursor } = await search.find(person, { q: 'x', sort: 'relevance', cursor, limit })
    found.push(items.map(({ hit }) => hit.title))
    if (next_cursor === null) return found
    cursor = next_cursor
  }
}

test('the best of the newest come first, and pages over more than are ranked at once show each hit once', async () => {
  const found = await pages([ranking()], 90)
  const titles = found.flat()
  assert.equal(new Set(titles).size, 1300)
  assert.equal(titles.length, 1300)
  assert.ok(found[0]?.slice(0, 50).every((title) => Number(title) % 7 === 0))
})

test('hits of a source that cannot rank stand among the others, and none is lost or shown twice', async () => {
  const titles = (await pages([ranking(), unranked], 120)).flat()
  assert.equal(titles.length, 1305)
  assert.equal(new Set(titles).size, 1305)
})

test('what was deleted after it was ranked is not shown', async () => {
  const [first = []] = await pages([ranking(new Set([idOf(0), idOf(7)]))], 10)
  assert.deepEqual([first.length, first.includes('0'), first.includes('7')], [8, false, false])
})

test('words count more than age, and age more than nothing', () => {
  const at = (days: number, textRank: number, importance = 0) =>
    scoreOf(
      { id: idOf(1), type: 'x', when: new Date(now.getTime() - days * 86_400_000).toISOString(), textRank, importance },
      now,
    )
  assert.ok(at(300, 0.8) > at(0, 0.05))
  assert.ok(at(0, 0.4) > at(300, 0.4))
  assert.ok(at(0, 0.4, 1) > at(0, 0.4))
  assert.equal(at(-10, 0.4), at(10, 0.4))
})
