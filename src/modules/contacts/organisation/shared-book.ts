import type { Actor } from '#platform/auth/actor.ts'
import type { Database } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import type { BookView } from '../books/books.ts'
import { contactPath } from '../contact/contact-path.ts'
import type { ContactView } from '../contact/contact-presentation.ts'
import type { ListQuery } from '../contact/contacts.ts'
import { queryWords } from '../names/folding.ts'
import { type SharedContactRow, sharedContactStore as store } from './shared-contact-store.ts'

/** Its id among the address books. No book that Nextcloud makes begins so. */
export const sharedBookId = 'ulti-organisation'

export type SharedBook = ReturnType<typeof createSharedBook>

/** The address book of the organisation, as people see it: read only, and of it what is for them. */
export function createSharedBook({ database }: { database: Database }) {
  return {
    view: (): BookView => ({
      ...{ id: sharedBookId, name: 'Organisation', description: 'Kept by your administrators.', is_read_only: true },
      ...{ shared_by: null, shares: [] },
    }),

    /** Whether there is anything in it for them; empty, it stands in no list. */
    async isOf(personId: string): Promise<boolean> {
      const any = { words: [], after: undefined, limit: 1 }
      return (await store.byName(database, { personId }, any)).length > 0
    },

    async list(actor: Actor, user: string, query: ListQuery) {
      const words = queryWords(query.q ?? '')
      const isNone = (query.q?.trim() && words.length === 0) || query.group !== undefined
      if (isNone) return { items: [], next_cursor: null }
      const reader = { personId: actor.personId }
      const filter = { words, category: query.category, kind: query.kind, limit: query.limit + 1 }
      const rows =
        query.sort === 'changed'
          ? await store.byChange(database, reader, {
              ...filter,
              before: query.cursor === undefined ? undefined : decodeCursor(query.cursor, ['time', 'uuid']),
            })
          : await store.byName(database, reader, {
              ...filter,
              after: query.cursor === undefined ? undefined : decodeCursor(query.cursor, ['string', 'uuid']),
            })
      const shown = rows.slice(0, query.limit)
      const last = shown.at(-1)
      const key = last && ('key' in last ? [String(last.key), last.id] : [last.sort_name, last.id])
      return {
        items: shown.map((row) => presented(user, row)),
        next_cursor: rows.length > query.limit && key ? encodeCursor(key) : null,
      }
    },

    /** @throws AppError `not_found`, also for one that is for others. */
    async contact(actor: Actor, user: string, object: string): Promise<ContactView> {
      const [, id] = /^([0-9a-f-]{36})\.vcf$/.exec(object) ?? []
      const row = id && (await store.find(database, { personId: actor.personId }, id))
      if (!row) throw notFound('contact')
      return presented(user, row)
    },

    /** Addresses of contacts with words that begin so. */
    async complete(personId: string, user: string, words: readonly string[], limit: number) {
      const rows = await store.byName(database, { personId }, { words, after: undefined, limit })
      return rows.flatMap(({ emails, full_name: name, id }) =>
        emails.map((email) => ({ name, email, path: pathOf(user, id) })),
      )
    },
  }
}

const pathOf = (user: string, id: string): string => contactPath({ user, book: sharedBookId, object: `${id}.vcf` })

const presented = (user: string, { id, card, version, updated_at }: SharedContactRow): ContactView => ({
  ...card,
  ...{ path: pathOf(user, id), book_id: sharedBookId, etag: `"${version}"`, has_photo: false },
  updated_at: updated_at.toISOString(),
})
