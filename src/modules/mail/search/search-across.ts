import type { SearchSource, SourceRequest } from '#modules/search/index.ts'

/** Whose mail somebody may read, themselves first; asked anew with each search. */
export type ReadableBy = (personId: string) => Promise<readonly string[]>

type Key = { when: string; id: string }

/** A source of one owner's things that looks through those of everybody whose mail the person may read. */
export function acrossMailboxes(source: SearchSource, readableBy: ReadableBy): SearchSource {
  /** What `ask` answers for each owner. Most people have their own mail alone. */
  async function each<Answer>(personId: string, ask: (ownerId: string) => Promise<Answer>): Promise<Answer[]> {
    return Promise.all((await readableBy(personId)).map(ask))
  }
  const ofEach = <Answer>(request: SourceRequest, ask: (request: SourceRequest) => Promise<Answer>) =>
    each(request.ownerId, (ownerId) => ask({ ...request, ownerId }))
  const merged = <Hit extends Key>(answers: readonly { hits: Hit[]; isIncomplete: boolean }[], limit: number) => ({
    hits: answers
      .flatMap(({ hits }) => hits)
      .toSorted(newestFirst)
      .slice(0, limit),
    isIncomplete: answers.some(({ isIncomplete }) => isIncomplete),
  })
  const { rank, present, count, complete, similarWords } = source

  return {
    types: source.types,
    search: async (request) => merged(await ofEach(request, source.search), request.limit),
    ...(rank && { rank: async (request) => merged(await ofEach(request, rank), request.limit) }),
    ...(present && {
      present: async (request, ids) => (await ofEach(request, (one) => present(one, ids))).flat(),
    }),
    ...(count && { count: async (request) => (await ofEach(request, count)).flat() }),
    ...(complete && {
      complete: async (request, beginning) =>
        (await ofEach(request, (one) => complete(one, beginning))).flat().slice(0, request.limit),
    }),
    ...(similarWords && {
      similarWords: async (personId, words) => (await each(personId, (ownerId) => similarWords(ownerId, words))).flat(),
    }),
  }
}

function newestFirst(one: Key, other: Key): number {
  if (one.when !== other.when) return one.when < other.when ? 1 : -1
  if (one.id === other.id) return 0
  return one.id < other.id ? 1 : -1
}
