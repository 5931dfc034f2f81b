import { isAllowed } from '#platform/auth/permissions.ts'
import { AppError } from '#platform/errors.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type SearchNode, wordsIn } from '../query/search-node.ts'
import type { HitKey, SearchSource, SourceRequest } from '../search-source.ts'

export type Person = { ownerId: string; permissions: ReadonlySet<string> }
/** The sources that one query asks, each with what of it is wanted. */
export type Asked = { source: SearchSource; request: SourceRequest }
export type Incomplete = { type: string; reason: 'timeout' | 'unavailable' }

/** Longer than a source of our own takes; for those that ask another system. */
const timeoutMs = 4000

export type Asking = ReturnType<typeof createAsking>

/** Asks all sources at once; one that fails or runs out of time leaves the others alone. */
export function createAsking({ sources, log }: { sources: readonly SearchSource[]; log: Logger }) {
  return {
    /** Which sources have something of what this person may see and wants. */
    askedBy(
      { ownerId, permissions }: Person,
      wanted: { root: SearchNode; types: readonly string[] | undefined; after: HitKey | undefined; limit: number },
    ): Asked[] {
      const { root, types, after, limit } = wanted
      const signal = AbortSignal.timeout(timeoutMs)
      const named = namedTypes(root)
      const query = { root, words: wordsIn(root) }
      return sources.flatMap((source) => {
        const own = source.types
          .filter(
            ({ type, permission }) =>
              isAllowed(permissions, permission) && isWanted(type, types) && isWanted(type, named),
          )
          .map(({ type }) => type)
        return own.length > 0 ? [{ source, request: { ownerId, query, types: own, after, limit, signal } }] : []
      })
    },

    /** What each source answers, undefined for one that failed or was not quick enough, and which ones those are. */
    async all<T extends object>(asked: readonly Asked[], ask: (one: Asked) => Promise<T>) {
      const incomplete: Incomplete[] = []
      const missing = ({ request: { types } }: Asked, reason: Incomplete['reason']) =>
        incomplete.push(...types.map((type) => ({ type, reason })))
      const answers = await Promise.all(
        asked.map(async (one) => {
          try {
            const answer = await withinTime(ask(one), one.request.signal)
            if ('isIncomplete' in answer && answer.isIncomplete) missing(one, 'timeout')
            return answer
          } catch (error) {
            if (error instanceof AppError && error.kind === 'invalid') throw error
            missing(one, one.request.signal.aborted ? 'timeout' : 'unavailable')
            log.error({ types: one.request.types, err: error }, 'a search source failed')
            return undefined
          }
        }),
      )
      return { answers, incomplete }
    },
  }
}

/** The types that a hit can only be of; undefined when it can be of any. */
function namedTypes(node: SearchNode): string[] | undefined {
  if (node.kind === 'type') return [node.name]
  if (node.kind === 'all') return node.nodes.map(namedTypes).find((types) => types !== undefined)
  if (node.kind !== 'any') return undefined
  const each = node.nodes.map(namedTypes)
  return each.includes(undefined) ? undefined : each.flatMap((types) => types ?? [])
}

/** `drive` stands for all types of that module. */
const isWanted = (type: string, wanted: readonly string[] | undefined): boolean =>
  wanted === undefined || wanted.some((name) => name === type || type.startsWith(`${name}.`))

/** A source that does not mind the signal is not waited for either. */
function withinTime<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  if (signal.aborted) reject(signal.reason)
  signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  return Promise.race([answer, promise])
}
