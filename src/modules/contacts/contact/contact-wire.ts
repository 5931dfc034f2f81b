import { Type } from 'typebox'
import { CardMembers, cardExample } from '../card/card-wire.ts'

export const contactExample = {
  ...cardExample,
  uid: '4fbe8971-0bc3-424c-9c26-36c3e1eff6b1',
  kind: 'individual',
  name: { full: 'Grace Hopper', ...cardExample.name },
  path: '/remote.php/dav/addressbooks/users/alice/contacts/4fbe8971-0bc3-424c-9c26-36c3e1eff6b1.vcf',
  ...{ book_id: 'contacts', etag: '"68031b8f4d18f"', has_photo: false, updated_at: '2026-05-23T09:00:00.000Z' },
}

export const Contact = Type.Object(
  {
    path: Type.String({
      description: 'Of the vCard at Nextcloud, percent-encoded: what `/contacts/*` is followed by.',
    }),
    book_id: Type.String(),
    etag: Type.String(),
    has_photo: Type.Boolean(),
    updated_at: Type.String({ format: 'date-time' }),
    ...CardMembers,
  },
  { examples: [contactExample] },
)

export const BookParams = Type.Object({
  book_id: Type.String({
    minLength: 1,
    maxLength: 200,
    description: 'Of an address book, as the list of them names it.',
  }),
})

/** Where a contact lies; the path that the API gives with it. */
export const contactAddress = '/contacts/remote.php/dav/addressbooks/users/:user/:book/:object'

export const ContactParams = Type.Object({
  user: Type.String({ minLength: 1, maxLength: 200, description: 'Whose home it is: your own name at Nextcloud.' }),
  book: Type.String({ minLength: 1, maxLength: 200 }),
  object: Type.String({ minLength: 1, maxLength: 300, description: 'The name of the vCard, with its ending.' }),
})
