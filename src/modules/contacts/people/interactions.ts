import type { Actor } from '#platform/auth/actor.ts'
import type { ContactRef } from '../contact/contact-path.ts'
import type { Contacts } from '../contact/contacts.ts'

/** Something that somebody had to do with, in whatever module. */
export type Interaction = {
  type: string
  id: string
  title: string
  when: string
  who: { name: string; email: string } | null
  link: string
  place: Readonly<Record<string, string>>
}

/** What the asking person may see of what has to do with one of these addresses, newest first. */
export type InteractionSource = (
  person: { ownerId: string; permissions: ReadonlySet<string> },
  request: { emails: readonly string[]; limit: number; cursor: string | undefined },
) => Promise<{ items: Interaction[]; incomplete: string[]; next_cursor: string | null }>

/** More addresses than this make no better answer. */
const mostAddresses = 10

export type Interactions = ReturnType<typeof createInteractions>

/** Mails, meetings and files that a contact has to do with. */
export function createInteractions({ contacts, source }: { contacts: Contacts; source: InteractionSource }) {
  return {
    async list(actor: Actor, ref: ContactRef, page: { limit: number; cursor: string | undefined }) {
      const contact = await contacts.view(actor, ref)
      const emails = Object.values(contact.emails ?? {}).map(({ address }) => address.toLowerCase())
      if (emails.length === 0) return { items: [], incomplete: [], next_cursor: null }
      const person = { ownerId: actor.personId, permissions: actor.permissions }
      return source(person, { ...page, emails: [...new Set(emails)].slice(0, mostAddresses) })
    },
  }
}
