import type { Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { etagMismatch, isMatch } from '#platform/http/etag.ts'
import { newId } from '#platform/ids.ts'
import type { MailEvent } from '../events.ts'
import { identityStore } from '../identities/identity-store.ts'
import type { Mailbox } from '../outbox/compose.ts'
import type { Composition } from '../outbox/composition.ts'
import { compositionOf } from './draft-composition.ts'
import { previewOfBody } from './draft-content.ts'
import type { DraftCopies } from './draft-copies.ts'
import { etagOfDraft } from './draft-presentation.ts'
import { readRecipients } from './draft-recipients.ts'
import { draftStore } from './draft-store.ts'

/** What a draft became, and the events of that: the caller appends them last of all. */
export type Taken = { composition: Composition; events: MailEvent[] }

/** The way of drafts into the outbox and back, each in the transaction of the outbox. */
export function createDraftHandover(deps: { copies: DraftCopies; now: () => Date }) {
  const { copies, now } = deps
  return {
    /**
     * Takes a draft off the list, and its copy off the mail server, to be sent. Two who do so at once get it once.
     * @throws AppError `not_found`, `etag_mismatch`, `mail.draft_not_opened` for one that another mail program wrote and
     *   whose text is not here yet, `mail.draft_not_sendable` naming what must be put right first.
     */
    async takeForSending(tx: Tx, ownerId: string, draftId: string, ifMatch: string | undefined): Promise<Taken> {
      const row = await draftStore.lock(tx, ownerId, draftId)
      if (!row) throw notFound('draft')
      if (!isMatch(ifMatch, etagOfDraft(row))) throw etagMismatch()
      if (row.unread_message_id !== null) throw notOpened()
      const identity = await identityStore.ofAccount(tx, ownerId, row.mail_account_id, row.identity_id)
      if (!identity) throw notFound('mail account')
      const composition = compositionOf(row, identity, readRecipients(row))
      await draftStore.delete(tx, ownerId, draftId)
      await copies.want(tx, ownerId, { draftId, mailAccountId: row.mail_account_id, revision: null })
      const data = { mail_account_id: row.mail_account_id, draft_id: draftId }
      return { composition, events: [{ type: 'mail.draft_deleted', data }] }
    },

    /**
     * Makes a draft again of what was not sent, under the id that it had. Does nothing when it is there already.
     * @returns events for the caller to append last of all.
     */
    async restoreFromOutbox(tx: Tx, ownerId: string, composition: Composition, draftId: string): Promise<MailEvent[]> {
      const revision = newId()
      const isNew = await draftStore.insert(tx, ownerId, {
        ...{ ...contentOf(composition), id: draftId, revision, now: now() },
      })
      if (!isNew) return []
      const { mailAccountId } = composition
      await copies.want(tx, ownerId, { draftId, mailAccountId, revision })
      const data = { mail_account_id: mailAccountId, draft_id: draftId, etag: etagOfDraft({ revision }) }
      return [{ type: 'mail.draft_created', data }]
    },
  }
}

const contentOf = (composition: Composition) => {
  const { text = null, html = null, origin } = composition
  return {
    mail_account_id: composition.mailAccountId,
    identity_id: composition.identityId ?? null,
    to_recipients: mutable(composition.to),
    cc_recipients: mutable(composition.cc),
    bcc_recipients: mutable(composition.bcc),
    subject: composition.subject,
    text_body: text,
    html_body: html,
    preview: previewOfBody(text, html),
    attachments: [...composition.attachments],
    parts: [...composition.parts],
    in_reply_to: composition.inReplyTo ?? null,
    reference_headers: [...composition.references],
    origin_message_id: origin?.messageId ?? null,
    origin_act: origin?.act ?? null,
    unread_message_id: null,
  }
}

const mutable = (mailboxes: readonly Mailbox[]): Mailbox[] => [...mailboxes]

const notOpened = () =>
  new AppError(
    'conflict',
    'mail.draft_not_opened',
    'Another mail program wrote this draft, and its text is not here yet; open it, then send it.',
  )
