import type { Card } from '../card/card.ts'
import { contactPath } from './contact-path.ts'
import type { StoredContact } from './contact-store.ts'

/** A contact as the API shows it. */
export type ContactView = Card & { path: string; book_id: string; etag: string; has_photo: boolean; updated_at: string }

export const presentContact = (
  user: string,
  {
    book,
    object,
    etag,
    card,
    has_photo,
    updated_at,
  }: Pick<StoredContact, 'book' | 'object' | 'etag' | 'card' | 'has_photo' | 'updated_at'>,
): ContactView => ({
  ...card,
  ...{ path: contactPath({ user, book, object }), book_id: book, etag, has_photo },
  updated_at: updated_at.toISOString(),
})
