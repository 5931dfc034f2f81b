import { type TObject, type TSchema, Type } from 'typebox'

const header = Type.Optional(
  Type.String({
    format: 'uuid',
    description:
      'A mail account in which you have a role: the request is about its mailbox. Needed where no id in the request ' +
      'tells; your own mail without both.',
  }),
)

/** The header fields of a route of mail: any of them may be about a mailbox of several people. */
export const withMailboxHeader = (headers: TSchema | undefined): TSchema =>
  Type.Object({ ...(headers as TObject | undefined)?.properties, 'mail-account': header })

/** What routes of mail answer where somebody's role is too small, or a request is about two mailboxes. */
export const mailboxErrors = [
  [400, 'mail.mailboxes_mixed'],
  [403, 'mail.role_too_small'],
] as const
