import type { Logger } from '#platform/observability/log.ts'
import { wordsOf } from '#platform/words/words.ts'
import { createAsking, type Person } from '../finding/asking.ts'
import type { RecentQueries } from '../memory/recent-queries.ts'
import { operators } from '../query/operators.ts'
import type { CompletedTitle, SearchSource, Who } from '../search-source.ts'

export type Suggestion = {
  kind: 'recent' | 'operator' | 'person' | 'title'
  /** What to show. */
  text: string
  /** The whole query to take over. */
  q: string
}
export type Suggestions = ReturnType<typeof createSuggestions>

const peopleFields = new Set(['from', 'to', 'cc', 'with'])
const shortest = 2

/** What somebody may be about to type: recent queries, operators, people and titles. Nothing of it takes long. */
export function createSuggestions(deps: { sources: readonly SearchSource[]; recent: RecentQueries; log: Logger }) {
  const { recent } = deps
  const asking = createAsking(deps)

  async function completed(person: Person, beginning: string): Promise<CompletedTitle[]> {
    if (beginning.length < shortest) return []
    const root = { kind: 'words' as const, text: beginning, isPhrase: true, isPrefix: true }
    const asked = asking.askedBy(person, { root, types: undefined, after: undefined, limit: 30 })
    const { answers } = await asking.all(asked, async ({ source, request }) => ({
      titles: (await source.complete?.(request, beginning)) ?? [],
    }))
    return answers.flatMap((answer) => answer?.titles ?? [])
  }

  return {
    /** At most `limit`; of no words nothing but recent queries. */
    async of(person: Person, typed: string, limit: number): Promise<Suggestion[]> {
      const { before, operator, word } = lastOf(typed)
      const [past, found] = await Promise.all([
        recent.beginningWith(person.ownerId, typed, 5),
        completed(person, wordsOf(word).join(' ')),
      ])
      const isPerson = operator !== undefined && peopleFields.has(operator)
      return [
        ...past.map((q): Suggestion => ({ kind: 'recent', text: q, q })),
        ...(operator === undefined ? operatorsFor(before, word) : []),
        ...(operator === undefined || isPerson ? peopleIn(found, word) : []).map((who) =>
          personSuggestion(before, operator, who),
        ),
        ...(operator === undefined ? titlesIn(found, word) : isPerson ? [] : titlesFor(before, operator, found, word)),
      ].slice(0, limit)
    },
  }
}

/** The last word with the operator before it, and all that stands before both. */
function lastOf(typed: string): { before: string; operator: string | undefined; word: string } {
  const [, before = '', sign = '', name, word = ''] = /^(.*?)(-?)(?:([a-z_]+):)?"?([^\s"]*)$/isu.exec(typed) ?? []
  const operator = name?.toLowerCase()
  if (operator !== undefined && operators.has(operator)) return { before: before + sign, operator, word }
  return { before: before + sign, operator: undefined, word: name === undefined ? word : `${name}:${word}` }
}

function operatorsFor(before: string, word: string): Suggestion[] {
  if (word === '') return []
  return [...operators]
    .filter(([name]) => name.startsWith(word.toLowerCase()))
    .map(([name, { example }]) => ({ kind: 'operator', text: `${name}:${example}`, q: `${before}${name}:` }))
}

/** Those who come up most often first. */
function peopleIn(found: readonly CompletedTitle[], word: string): Who[] {
  const people = new Map<string, { who: Who; count: number }>()
  for (const { who } of found) {
    if (!who || !begins(`${who.name} ${who.email}`, word)) continue
    const key = who.email.toLowerCase() || who.name
    const known = people.get(key)
    people.set(key, { who: known?.who ?? who, count: (known?.count ?? 0) + 1 })
  }
  return [...people.values()]
    .sort((a, b) => b.count - a.count)
    .slice(0, 5)
    .map(({ who }) => who)
}

function personSuggestion(before: string, operator: string | undefined, { name, email }: Who): Suggestion {
  const text = name && email ? `${name} <${email}>` : name || email
  return { kind: 'person', text, q: `${before}${operator ?? 'with'}:${email || `"${name}"`}` }
}

const titlesIn = (found: readonly CompletedTitle[], word: string): Suggestion[] =>
  distinctTitles(found, word).map((title) => ({ kind: 'title', text: title, q: `"${title.replaceAll('"', ' ')}"` }))

const titlesFor = (before: string, operator: string, found: readonly CompletedTitle[], word: string): Suggestion[] =>
  operator !== 'subject' && operator !== 'title'
    ? []
    : distinctTitles(found, word).map((title) => ({
        ...{ kind: 'title', text: title, q: `${before}${operator}:"${title.replaceAll('"', ' ')}"` },
      }))

const distinctTitles = (found: readonly CompletedTitle[], word: string): string[] =>
  [...new Set(found.filter(({ title }) => begins(title, word)).map(({ title }) => title.trim().slice(0, 100)))].slice(
    0,
    5,
  )

/** Whether a word of `text` begins like what is typed. */
function begins(text: string, typed: string): boolean {
  const wanted = wordsOf(typed).join(' ')
  return wanted !== '' && ` ${wordsOf(text).join(' ')}`.includes(` ${wanted}`)
}
