import type { CountedHit, Who } from '../search-source.ts'

export type Facets = {
  types: { value: string; count: number }[]
  years: { value: number; count: number }[]
  people: (Who & { count: number })[]
  /** Only the newest hits were counted; there are more. */
  is_capped: boolean
}

const maxPeople = 10

/** How many of the hits are of which type and year, and of whom; most first. */
export function facetsOf(hits: readonly CountedHit[], isCapped: boolean): Facets {
  const people = tally(
    hits.filter(({ who }) => who?.email || who?.name),
    ({ who }) => who?.email.toLowerCase() || (who?.name ?? ''),
  )
  return {
    types: tally(hits, ({ type }) => type).map(({ key, count }) => ({ value: key, count })),
    years: tally(hits, ({ year }) => year)
      .map(({ key, count }) => ({ value: key, count }))
      .sort((a, b) => b.value - a.value),
    people: people
      .slice(0, maxPeople)
      .map(({ first, count }) => ({ ...(first.who ?? { name: '', email: '' }), count })),
    is_capped: isCapped,
  }
}

function tally<Key>(hits: readonly CountedHit[], keyOf: (hit: CountedHit) => Key) {
  const counts = new Map<Key, { key: Key; first: CountedHit; count: number }>()
  for (const hit of hits) {
    const key = keyOf(hit)
    const known = counts.get(key)
    if (known) known.count++
    else counts.set(key, { key, first: hit, count: 1 })
  }
  return [...counts.values()].sort((a, b) => b.count - a.count)
}
