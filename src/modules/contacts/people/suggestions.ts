import type { Actor } from '#platform/auth/actor.ts'
import type { Database } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import { decodeCursor, pageOfRows } from '#platform/http/cursor.ts'
import type { ContactView } from '../contact/contact-presentation.ts'
import type { Contacts } from '../contact/contacts.ts'
import { correspondentStore as store } from './correspondent-store.ts'
import type { Gathering } from './gathering.ts'

export type Suggestions = ReturnType<typeof createSuggestions>

/** People whom somebody wrote to and who are no contacts of theirs yet. */
export function createSuggestions(deps: { database: Database; contacts: Contacts; gathering: Gathering }) {
  const { database, contacts, gathering } = deps
  return {
    /** The likeliest first. */
    async list(actor: Actor, { limit, cursor }: { limit: number; cursor: string | undefined }) {
      await gathering.wake(actor.personId)
      const after = cursor === undefined ? undefined : readKey(cursor)
      const rows = await store.suggested(database, actor.personId, { after, limit: limit + 1 })
      const presented = ({ email, name, written_count, last_written_at }: (typeof rows)[number]) => ({
        ...{ email, name, written_count, last_written_at: last_written_at.toISOString() },
      })
      return pageOfRows(rows, limit, presented, ({ score, email }) => [String(score), email])
    },

    /** @throws AppError `not_found` for one that is a contact already, or dismissed */
    async accept(actor: Actor, email: string, bookId: string): Promise<ContactView> {
      const found = await store.findSuggested(database, actor.personId, email.toLowerCase())
      if (!found) throw notFound('suggestion')
      const draft = { name: { full: found.name || found.email }, emails: { e1: { address: found.email } } }
      return contacts.create(actor, bookId, draft)
    },

    /** Neither suggested nor completed any more. */
    async dismiss(actor: Actor, email: string): Promise<void> {
      if (!(await store.dismiss(database, actor.personId, email.toLowerCase()))) throw notFound('suggestion')
    },
  }
}

function readKey(cursor: string): [score: string, email: string] {
  const [score, email] = decodeCursor(cursor, ['string', 'string'])
  return [String(Number(score) || 0), email]
}
