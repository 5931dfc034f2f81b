import type { Mailbox } from './compose.ts'

/** A file to be attached: it lies in the object store, and stays there as long as a composition names it. */
export type CompositionAttachment = {
  /** The upload that it is, by which a draft names it. */
  id: string
  /** The key of the object that holds the bytes. */
  object: string
  filename: string
  /** A media type without parameters, `application/pdf`. */
  contentType: string
  sizeBytes: number
  /** Its Content-ID without brackets when the HTML shows it (`cid:…`, RFC 2392); it is an inline image then. */
  contentId?: string | undefined
}

/** A part that another module made, beside text and HTML as one more alternative: `text/calendar; method=REPLY`. */
export type CompositionPart = { contentType: string; content: string }

/**
 * What somebody wrote, ready to be sent: all that the MIME is made of, but for its Message-ID and Date. An entry of the
 * outbox keeps it until it was sent, so that it can be edited or given back as a draft. It is plain JSON.
 */
export type Composition = {
  mailAccountId: string
  /** That of `from`; a draft made of this again is written under it. Absent: the account's default. */
  identityId?: string | undefined
  /** An identity of that account; its address is the envelope sender too. */
  from: Mailbox
  replyTo: readonly Mailbox[]
  to: readonly Mailbox[]
  cc: readonly Mailbox[]
  /** In the envelope alone. */
  bcc: readonly Mailbox[]
  subject: string
  /** Derived from `html` when absent. */
  text?: string | undefined
  html?: string | undefined
  attachments: readonly CompositionAttachment[]
  parts: readonly CompositionPart[]
  /** With angle brackets (RFC 5322 §3.6.4), as are `references`, oldest first. */
  inReplyTo?: string | undefined
  references: readonly string[]
  /** More header fields of a message that no person wrote, `Auto-Submitted` above all (RFC 3834 §5). */
  headers?: Readonly<Record<string, string>> | undefined
  /** The owner's message that it answers or forwards: it is to be marked so once this was sent. */
  origin?: { messageId: string; act: 'reply' | 'forward' } | undefined
}
