import type { Actor } from '#platform/auth/actor.ts'
import type { Database } from '#platform/database/database.ts'
import { type ContactView, presentContact } from '../contact/contact-presentation.ts'
import type { Contacts } from '../contact/contacts.ts'
import { type SharedKey, duplicateStore as store } from './duplicate-store.ts'

export type DuplicateGroup = {
  /** From 0 to 1: how sure it is that they are the same. */
  score: number
  reasons: { kind: SharedKey['kind']; value: string }[]
  contacts: ContactView[]
}

/** How sure each thing in common makes it. Families share addresses, and namesakes a name. */
const weights: Readonly<Record<SharedKey['kind'], number>> = { email: 0.7, phone: 0.5, name: 0.5 }

export type Duplicates = ReturnType<typeof createDuplicates>

/** Contacts of all address books that are probably one and the same. */
export function createDuplicates({ database, contacts }: { database: Database; contacts: Contacts }) {
  return {
    /** The surest first. */
    async list(actor: Actor, limit: number): Promise<{ items: DuplicateGroup[]; has_more: boolean }> {
      const { ownerId, user } = await contacts.connect(actor)
      const groups = grouped(await store.shared(database, ownerId))
      const shown = groups.slice(0, limit)
      const rows = await store.contacts(
        database,
        ownerId,
        shown.flatMap(({ ids }) => ids),
      )
      const byId = new Map(rows.map((row) => [row.id, presentContact(user, row)]))
      return {
        items: shown.map(({ score, keys, ids }) => ({
          score,
          reasons: keys.map(({ kind, value }) => ({ kind, value })),
          contacts: ids.flatMap((id) => byId.get(id) ?? []),
        })),
        has_more: groups.length > limit,
      }
    },
  }
}

type Group = { ids: string[]; keys: SharedKey[]; score: number }

/** Contacts that hang together by what they share, each in one group. */
function grouped(keys: readonly SharedKey[]): Group[] {
  const parent = new Map<string, string>()
  const rootOf = (id: string): string => {
    const above = parent.get(id) ?? id
    if (above === id) return id
    const root = rootOf(above)
    parent.set(id, root)
    return root
  }
  for (const { ids } of keys) for (const id of ids) parent.set(rootOf(id), rootOf(ids[0] ?? id))
  const groups = Map.groupBy(keys, ({ ids }) => rootOf(ids[0] ?? ''))
  return [...groups.values()]
    .map((shared): Group => {
      const ids = [...new Set(shared.flatMap((key) => key.ids))].sort()
      return { ids, keys: shared, score: scoreOf(shared, ids) }
    })
    .sort((a, b) => b.score - a.score || (a.ids[0] ?? '').localeCompare(b.ids[0] ?? ''))
}

/** What each kind tells, weighed by how many of the group it holds together. */
function scoreOf(keys: readonly SharedKey[], ids: readonly string[]): number {
  const kinds = Map.groupBy(keys, ({ kind }) => kind)
  const doubt = [...kinds].reduce((rest, [kind, shared]) => {
    const covered = new Set(shared.flatMap((key) => key.ids)).size / ids.length
    return rest * (1 - weights[kind] * covered)
  }, 1)
  return Math.round((1 - doubt) * 100) / 100
}
