import { Type } from 'typebox'
import { Found, type ImmichAsset, Person } from '#integrations/immich/immich-wire.ts'
import type { HitKey, SearchNode, SearchSource, SourceHit, SourceRequest } from '#modules/search/index.ts'
import type { Libraries, Library } from '../account/library.ts'
import { presentAsset } from '../assets/asset-presentation.ts'
import { holds, isMatch, wordsOf } from './asset-match.ts'

const type = 'photos.asset'
const maxWords = 4
const maxPeople = 5
const maxPlaces = 3

type Filter = Record<string, unknown>

/**
 * Lets pictures be found by their file's name, what is written about them, where they were taken and who is on them.
 * Immich is asked for what holds any of the words; which of it is what was looked for is decided here. Who has no account
 * there yet gets none by searching.
 */
export function createPhotosSearchSource({ libraries }: { libraries: Libraries }): SearchSource {
  return {
    types: [{ type, permission: 'photos:read' }],
    async search(request) {
      const library = await libraries.ofKnown(request.ownerId)
      if (!library) return { hits: [], isIncomplete: false }
      // More than asked for: those at the very time of the key come again, and not all are what was looked for.
      const size = Math.min(2 * request.limit + 20, 1000)
      const filters = await filtersOf(library, request)
      const lists = await Promise.all(filters.map((filter) => find(library, { ...filter, size }, request)))
      const assets = new Map(lists.flat().map((asset) => [asset.id, presentAsset(asset, library.userId)]))
      const hits = [...assets.values()].filter((asset) => isMatch(asset, request.query.root)).map(hitOf)
      const found = hits.filter((hit) => isAfter(hit, request.after)).sort(newestFirst)
      const isCut = lists.some((list) => list.length === size) && found.length < request.limit
      return { hits: found.slice(0, request.limit), isIncomplete: isCut }
    },
  }
}

/** Any of these may hold what is looked for; without words, everything does. */
async function filtersOf(library: Library, { query, signal }: SourceRequest): Promise<Filter[]> {
  const words = [...new Set(leavesOf(query.root).flatMap((leaf) => ('text' in leaf ? [leaf.text] : [])))]
  if (words.length === 0) return [{}]
  const places = (type: 'city' | 'country') => placesOf(library, type, signal)
  const [cities, countries] = await Promise.all([places('city'), places('country')])
  const ofEach = words
    .slice(0, maxWords)
    .map(async (word) => [
      { originalFileName: word },
      { description: word },
      ...called(cities, word).map((city) => ({ city })),
      ...called(countries, word).map((country) => ({ country })),
      ...(await peopleCalled(library, word, signal)).map((id) => ({ personIds: [id] })),
    ])
  return (await Promise.all(ofEach)).flat()
}

const called = (names: readonly string[], word: string): string[] =>
  names.filter((name) => holds(name, word)).slice(0, maxPlaces)

const Names = Type.Array(Type.Union([Type.String(), Type.Null()]))

/** Where the person's pictures were taken. */
async function placesOf({ immich }: Library, type: 'city' | 'country', signal: AbortSignal): Promise<string[]> {
  const names = await immich.call(Names, 'GET', '/search/suggestions', { query: { type }, signal })
  return names.filter((name) => name !== null)
}

async function peopleCalled({ immich }: Library, name: string, signal: AbortSignal): Promise<string[]> {
  const people = await immich.call(Type.Array(Person), 'GET', '/search/person', { query: { name }, signal })
  return people.slice(0, maxPeople).map(({ id }) => id)
}

/** Newest first, within the times that the query and the key of the page allow. */
async function find(
  { immich }: Library,
  filter: Filter,
  { query, after, signal }: SourceRequest,
): Promise<ImmichAsset[]> {
  const times = (kind: 'since' | 'until') => topOf(query.root).flatMap((one) => (one.kind === kind ? [one.time] : []))
  // Immich takes milliseconds, and leaves out the very time.
  const until = [...times('until'), ...(after ? [new Date(Date.parse(after.when) + 1).toISOString()] : [])].sort()[0]
  const since = times('since')
    .map((time) => new Date(Date.parse(time) - 1).toISOString())
    .sort()
    .at(-1)
  const body = {
    ...{ ...filter, takenBefore: until, takenAfter: since, visibility: 'timeline', order: 'desc' },
    ...{ withExif: true, withPeople: true },
  }
  return (await immich.call(Found, 'POST', '/search/metadata', { body, signal })).assets.items
}

function leavesOf(node: SearchNode): SearchNode[] {
  if (node.kind === 'not') return []
  return 'nodes' in node ? node.nodes.flatMap(leavesOf) : [node]
}

/** What must hold whatever else does. */
const topOf = (node: SearchNode): readonly SearchNode[] => (node.kind === 'all' ? node.nodes : [node])

function hitOf(asset: ReturnType<typeof presentAsset>): SourceHit {
  const { id, filename, taken_at } = asset
  return {
    ...{ type, id, when: `${(taken_at ?? new Date(0).toISOString()).slice(0, -1)}000Z` },
    ...{ title: filename ?? '', text: wordsOf(asset), who: null },
    ...{ link: `/api/v1/photos/assets/${id}`, place: {} },
  }
}

const newestFirst = (a: HitKey, b: HitKey): number => b.when.localeCompare(a.when) || b.id.localeCompare(a.id)
const isAfter = (hit: HitKey, after: HitKey | undefined): boolean => after === undefined || newestFirst(after, hit) < 0
