import type { Actor } from '#platform/auth/actor.ts'
import type { Database } from '#platform/database/database.ts'
import type { Freshness } from '../books/freshness.ts'
import { contactPath } from '../contact/contact-path.ts'
import { queryWords } from '../names/folding.ts'
import type { SharedBook } from '../organisation/shared-book.ts'
import { type FoundAddress, type FoundContact, autocompleteStore as store } from './autocomplete-store.ts'
import type { Gathering } from './gathering.ts'
import type { Match } from './word-match-store.ts'

export type Completion = {
  name: string
  email: string
  source: 'contact' | 'correspondent' | 'organisation' | 'directory'
  /** Of the contact. */
  path: string | null
  has_photo: boolean
}
type Ranked = Completion & { score: number }

export type DirectoryPolicy = 'everybody' | 'groups' | 'off'

export type Autocomplete = ReturnType<typeof createAutocomplete>

/** Whom somebody means who types the beginning of a name or an address: from what is kept, never from another system. */
export function createAutocomplete(deps: {
  database: Database
  freshness: Pick<Freshness, 'userOf' | 'refreshLater'>
  gathering: Pick<Gathering, 'wake'>
  directory: DirectoryPolicy
  shared: Pick<SharedBook, 'complete'>
}) {
  const { database, freshness, gathering, directory, shared } = deps

  async function found(ownerId: string, user: string, match: Match, limit: number): Promise<Ranked[]> {
    const inGroupOf = directory === 'groups' ? ownerId : undefined
    const [contacts, correspondents, organisation, people] = await Promise.all([
      store.contacts(database, ownerId, match, limit),
      store.correspondents(database, ownerId, match, limit),
      match.isLoose ? [] : shared.complete(ownerId, user, match.words, limit),
      directory === 'off' ? [] : store.directory(database, match, { inGroupOf, limit }),
    ])
    return [
      ...contacts.flatMap((contact) => ofContact(contact, user)),
      ...correspondents.map((one) => ofAddress(one, 'correspondent')),
      ...organisation.map((one) => ({ ...one, source: 'organisation' as const, has_photo: false, score: 0 })),
      ...people.map((one) => ofAddress(one, 'directory')),
    ]
  }

  async function likeliest(ownerId: string, words: string[], limit: number): Promise<Completion[]> {
    const user = await freshness.userOf(ownerId)
    if (words.length === 0) return []
    const exact = merged(await found(ownerId, user, { words, isLoose: false }, limit))
    if (exact.length > 0 || words.every((word) => word.length < 4)) return shown(exact.slice(0, limit))
    return shown(merged(await found(ownerId, user, { words, isLoose: true }, limit)).slice(0, limit))
  }

  return {
    /**
     * Those written to often and lately come first, then contacts, those of the organisation, then the directory; each
     * address once. Only where nothing begins as it was typed is a typing error supposed.
     */
    async complete({ personId }: Actor, q: string, limit: number): Promise<Completion[]> {
      const [completions] = await Promise.all([likeliest(personId, queryWords(q), limit), gathering.wake(personId)])
      freshness.refreshLater(personId)
      return completions
    },
  }
}

function ofContact(contact: FoundContact, user: string): Ranked[] {
  const path = contactPath({ user, book: contact.book, object: contact.object })
  return contact.emails.map((email) => ({
    ...{ name: contact.full_name, email, source: 'contact' as const, path, has_photo: contact.has_photo },
    score: contact.scores[email] ?? 0,
  }))
}

const ofAddress = ({ email, name, score }: FoundAddress, source: 'correspondent' | 'directory'): Ranked => ({
  ...{ name, email, source, path: null, has_photo: false, score },
})

const order = { contact: 0, organisation: 1, correspondent: 2, directory: 3 } as const

/** Each address once, as the best source knows it; the score is that of any. */
function merged(ranked: readonly Ranked[]): Ranked[] {
  const best = new Map<string, Ranked>()
  for (const one of ranked) {
    const other = best.get(one.email)
    const winner = other && order[other.source] <= order[one.source] ? other : one
    best.set(one.email, {
      ...winner,
      name: winner.name || other?.name || one.name,
      score: Math.max(one.score, other?.score ?? 0),
    })
  }
  return [...best.values()].sort(
    (a, b) => b.score - a.score || order[a.source] - order[b.source] || (a.name < b.name ? -1 : 1),
  )
}

const shown = (ranked: readonly Ranked[]): Completion[] => ranked.map(({ score: _, ...completion }) => completion)
