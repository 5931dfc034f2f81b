import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import type { HitKey, RankedHit, SourceHit } from '../search-source.ts'
import type { Asked, Asking, Person } from './asking.ts'
import type { HitPage, Wanted } from './by-date.ts'
import { bestFirst, middlingRank, newestFirst, type ScoredKey, scoreOf } from './ranking.ts'

/** Hits are ranked among so many of the newest, then among the next ones: ranking means to read every one of them. */
const windowSize = 400
/** Of a source that cannot rank. */
const unrankedSize = 100

/** Where a page begins: in which window, behind which hit, and as of when scores are told. */
type Position = { asOf: string; window: HitKey | undefined; last: ScoredKey | undefined }
/** What a source ranked; `whole` are the hits of one that has them in hand already. */
type Ranked = { asked: Asked; hits: RankedHit[]; whole: SourceHit[]; isFull: boolean; isIncomplete: boolean }

/** Hits of all sources, the best first. */
export async function findByRelevance(asking: Asking, person: Person, wanted: Wanted, now: Date): Promise<HitPage> {
  const position = wanted.cursor === undefined ? firstPosition(now) : positionOf(wanted.cursor)
  const asked = asking.askedBy(person, { ...wanted, after: position.window, limit: windowSize })
  const ranked = await asking.all(asked, rankedBy)
  const answers = ranked.answers.filter((answer) => answer !== undefined)
  const end = windowEnd(answers)
  const best = bestOf(answers, position, end)
  const shown = best.slice(0, wanted.limit)
  const presented = await asking.all(
    answers.map((answer) => answer.asked),
    async (one) => ({ hits: await presentedBy(one, answers, shown) }),
  )
  const hits = new Map(presented.answers.flatMap((answer) => answer?.hits ?? []).map((hit) => [hit.id, hit]))
  return {
    hits: shown.flatMap(({ id }) => hits.get(id) ?? []),
    incomplete: [...ranked.incomplete, ...presented.incomplete],
    next_cursor: nextCursor(position, best.length > wanted.limit ? shown.at(-1) : undefined, end),
  }
}

async function rankedBy(asked: Asked): Promise<Ranked> {
  const { source, request } = asked
  if (source.rank && source.present) {
    const { hits, isIncomplete } = await source.rank(request)
    return { asked, hits, whole: [], isFull: hits.length >= request.limit, isIncomplete }
  }
  const { hits, isIncomplete } = await source.search({ ...request, limit: unrankedSize })
  const middling = hits.map(({ when, id, type }) => ({ when, id, type, textRank: middlingRank, importance: 0 }))
  return { asked, hits: middling, whole: hits, isFull: hits.length >= unrankedSize, isIncomplete }
}

/** Beyond the last hit of a source that has more, nothing can be said yet; undefined when all was looked at. */
function windowEnd(answers: readonly Ranked[]): HitKey | undefined {
  return answers
    .filter(({ isFull }) => isFull)
    .flatMap(({ hits }) => hits.toSorted(newestFirst).at(-1) ?? [])
    .sort(newestFirst)[0]
}

function bestOf(answers: readonly Ranked[], { asOf, last }: Position, end: HitKey | undefined): ScoredKey[] {
  const time = new Date(asOf)
  return answers
    .flatMap(({ hits }) => hits)
    .filter((hit) => !end || newestFirst(hit, end) <= 0)
    .map((hit) => ({ score: scoreOf(hit, time), id: hit.id }))
    .filter((one) => !last || bestFirst(one, last) > 0)
    .sort(bestFirst)
}

async function presentedBy({ source, request }: Asked, answers: readonly Ranked[], shown: readonly ScoredKey[]) {
  const answer = answers.find(({ asked }) => asked.source === source)
  const own = new Set(answer?.hits.map(({ id }) => id))
  const ids = shown.map(({ id }) => id).filter((id) => own.has(id))
  if (ids.length === 0) return []
  return source.rank && source.present ? source.present(request, ids) : (answer?.whole ?? [])
}

// A cursor holds all of a position; what is not there is a time and an id that nothing has.
const none = { when: '9999-12-31T23:59:59.999999Z', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }

const firstPosition = (now: Date): Position => ({
  asOf: now.toISOString().replace('Z', '000Z'),
  window: undefined,
  last: undefined,
})

function positionOf(cursor: string): Position {
  const [asOf, when, windowId, score, id] = decodeCursor(cursor, ['time', 'time', 'uuid', 'number', 'uuid'])
  return {
    asOf,
    window: when === none.when ? undefined : { when, id: windowId },
    last: id === none.id ? undefined : { score, id },
  }
}

function nextCursor(
  { asOf, window = none }: Position,
  last: ScoredKey | undefined,
  end: HitKey | undefined,
): string | null {
  if (last) return encodeCursor([asOf, window.when, window.id, last.score, last.id])
  return end ? encodeCursor([asOf, end.when, end.id, 0, none.id]) : null
}
