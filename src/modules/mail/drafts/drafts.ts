import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { etagMismatch, isMatch } from '#platform/http/etag.ts'
import { type Answer, once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import { appendMailEvents, type MailEvent } from '../events.ts'
import { type IdentityRow, identityStore } from '../identities/identity-store.ts'
import type { CompositionPart } from '../outbox/composition.ts'
import { outboxStore } from '../outbox/outbox-store.ts'
import type { Templates } from '../templates/templates.ts'
import { attachmentsFor } from './draft-attachments.ts'
import { beginningOf } from './draft-beginning.ts'
import { changedBy, previewOfBody } from './draft-content.ts'
import type { DraftCopies } from './draft-copies.ts'
import { createDraftHandover } from './draft-handover.ts'
import type { DraftLoading } from './draft-loading.ts'
import { draftOf, draftSummaryOf, etagOfDraft } from './draft-presentation.ts'
import { type DraftContent, type DraftRow, draftStore } from './draft-store.ts'
import type { Draft, DraftChangeBody, DraftSummary, NewDraftBody } from './draft-wire.ts'
import { exchangeSignature } from './signature.ts'

export type DraftDeps = {
  database: Database
  transact: Transact
  events: Events
  copies: DraftCopies
  loading: DraftLoading
  templates: Templates
  now?: () => Date
}

export type Drafts = ReturnType<typeof createDrafts>

/**
 * Messages that are not sent yet. Whoever changes one says which version it has seen, so that no window overwrites what
 * another one wrote.
 */
export function createDrafts(deps: DraftDeps) {
  const { database, transact, events, copies, loading, templates, now = () => new Date() } = deps

  async function insert(tx: Tx, ownerId: string, content: DraftContent): Promise<string> {
    const [id, revision] = [newId(), newId()]
    await draftStore.insert(tx, ownerId, { ...content, id, revision, now: now() })
    await copies.want(tx, ownerId, { draftId: id, mailAccountId: content.mail_account_id, revision })
    return id
  }

  /** A draft as it is now in `tx`, and the event that says so, which is to come last. */
  async function told(tx: Tx, ownerId: string, id: string, type: 'mail.draft_created' | 'mail.draft_updated') {
    const row = await draftStore.find(tx, ownerId, id)
    if (!row) throw notFound('draft')
    const draft = await shown(tx, ownerId, row)
    const data = { mail_account_id: row.mail_account_id, draft_id: id, etag: etagOfDraft(row) }
    await appendMailEvents(events, tx, ownerId, [{ type, data }])
    return draft
  }

  async function shown(db: Database | Tx, ownerId: string, row: DraftRow): Promise<Draft> {
    return draftOf(row, await identityOf(db, ownerId, row))
  }

  async function locked(tx: Tx, ownerId: string, id: string, ifMatch: string | undefined): Promise<DraftRow> {
    const row = await draftStore.lock(tx, ownerId, id)
    if (!row) throw notFound('draft')
    if (!isMatch(ifMatch, etagOfDraft(row))) throw etagMismatch()
    return row
  }

  /** In a folder of another account its copy is another one. */
  async function copy(tx: Tx, ownerId: string, before: DraftRow, mailAccountId: string, revision: string) {
    const draftId = before.id
    if (before.mail_account_id !== mailAccountId) {
      await copies.want(tx, ownerId, { draftId, mailAccountId: before.mail_account_id, revision: null })
    }
    await copies.want(tx, ownerId, { draftId, mailAccountId, revision })
  }

  return {
    ...createDraftHandover({ copies, now }),

    /** Makes a draft of `content` and tells of it: the last thing that `tx` does. */
    async begin(tx: Tx, ownerId: string, content: DraftContent): Promise<Draft> {
      const { text_body, html_body } = content
      const id = await insert(tx, ownerId, { ...content, preview: previewOfBody(text_body, html_body) })
      return told(tx, ownerId, id, 'mail.draft_created')
    },

    /**
     * `parts` are what another module made to go with it, such as the answer to an invitation.
     * @throws AppError `invalid_request_body`, `not_found`, `mail.template_variables_missing`, `idempotency_key_reused`.
     */
    create(
      ownerId: string,
      body: NewDraftBody,
      idempotencyKey?: string,
      parts: readonly CompositionPart[] = [],
    ): Promise<Answer<Draft>> {
      const request = { ownerId, scope: 'mail.drafts', key: idempotencyKey, body }
      return transact((tx) =>
        once(tx, request, async () => {
          const identity = await identityFor(tx, ownerId, body)
          const attachments = await attachmentsFor(tx, ownerId, body.attachments ?? [], [])
          const begun = await beginningOf(tx, ownerId, body, { identity, templates })
          const id = await insert(tx, ownerId, changedBy({ ...begun, attachments, parts: [...parts] }, body))
          return { status: 201, body: await told(tx, ownerId, id, 'mail.draft_created') }
        }),
      )
    },

    /** Changed last comes first. @throws AppError `not_found` for an account or a message that is not the owner's. */
    async list(
      ownerId: string,
      page: {
        mailAccountId: string | undefined
        messageId?: string | undefined
        cursor: string | undefined
        limit: number
      },
    ): Promise<{ items: DraftSummary[]; next_cursor: string | null }> {
      const after = page.cursor === undefined ? undefined : readCursor(page.cursor)
      const { mailAccountId, messageId, limit } = page
      if (messageId && !(await outboxStore.findReplied(database, ownerId, messageId))) throw notFound('message')
      if (mailAccountId) await identityOf(database, ownerId, { mail_account_id: mailAccountId, identity_id: null })
      const found = await draftStore.list(database, ownerId, { mailAccountId, messageId, after, limit: limit + 1 })
      const last = found.length > limit ? found[limit - 1] : undefined
      return {
        items: found.slice(0, limit).map(draftSummaryOf),
        next_cursor: last ? encodeCursor([last.updated_at.toISOString().replace('Z', '000Z'), last.id]) : null,
      }
    },

    /** @throws AppError as DraftLoading's `open`. */
    async view(ownerId: string, id: string): Promise<Draft> {
      return shown(database, ownerId, await loading.open(ownerId, id))
    },

    /** Fetches what another mail program wrote, so that the draft can be sent. @throws AppError as `view`. */
    async open(ownerId: string, id: string): Promise<void> {
      await loading.open(ownerId, id)
    },

    /** @throws AppError `not_found`, `etag_mismatch`, and what `view` throws. */
    async change(ownerId: string, id: string, body: DraftChangeBody, ifMatch: string | undefined): Promise<Draft> {
      await loading.open(ownerId, id)
      return transact(async (tx) => {
        const row = await locked(tx, ownerId, id, ifMatch)
        // Another program has just put another version into its place.
        if (row.unread_message_id !== null) throw etagMismatch()
        const identity = await identityFor(tx, ownerId, body, row)
        const attachments = body.attachments
          ? await attachmentsFor(tx, ownerId, body.attachments, row.attachments)
          : row.attachments
        const signed = await signedAs(tx, ownerId, row, identity)
        const content = changedBy({ ...row, ...signed, attachments }, body)
        const revision = newId()
        await draftStore.update(tx, ownerId, { ...content, id, revision, now: now() })
        await copy(tx, ownerId, row, content.mail_account_id, revision)
        return told(tx, ownerId, id, 'mail.draft_updated')
      })
    },

    /** @throws AppError `not_found`, `etag_mismatch`. */
    delete(ownerId: string, id: string, ifMatch: string | undefined): Promise<void> {
      return transact(async (tx) => {
        const row = await locked(tx, ownerId, id, ifMatch)
        await draftStore.delete(tx, ownerId, id)
        await copies.want(tx, ownerId, { draftId: id, mailAccountId: row.mail_account_id, revision: null })
        const event: MailEvent = {
          type: 'mail.draft_deleted',
          data: { mail_account_id: row.mail_account_id, draft_id: id },
        }
        await appendMailEvents(events, tx, ownerId, [event])
      })
    },
  }
}

/** The identity that a request names, else that which the draft has, else the default of the account it names. */
async function identityFor(
  tx: Tx,
  ownerId: string,
  body: { identity_id?: string; mail_account_id?: string },
  row?: DraftRow,
): Promise<IdentityRow> {
  const { identity_id, mail_account_id } = body
  if (identity_id !== undefined) {
    const identity = await identityStore.find(tx, ownerId, identity_id)
    if (!identity || (mail_account_id !== undefined && identity.mail_account_id !== mail_account_id)) {
      throw notFound('identity')
    }
    return identity
  }
  if (row) return identityOf(tx, ownerId, row)
  if (mail_account_id !== undefined) {
    return identityOf(tx, ownerId, { mail_account_id, identity_id: null })
  }
  throw new AppError(
    'invalid',
    'invalid_request_body',
    'The request is not valid: body.identity_id is missing, or body.mail_account_id.',
    {
      details: [{ path: 'body.identity_id', message: 'must say as whom it is written, or mail_account_id from where' }],
    },
  )
}

async function identityOf(
  db: Database | Tx,
  ownerId: string,
  { mail_account_id, identity_id }: Pick<DraftRow, 'mail_account_id' | 'identity_id'>,
): Promise<IdentityRow> {
  const identity = await identityStore.ofAccount(db, ownerId, mail_account_id, identity_id)
  if (!identity) throw notFound('mail account')
  return identity
}

/** Under another identity, its signature stands where that of the former one does. */
async function signedAs(tx: Tx, ownerId: string, row: DraftRow, identity: IdentityRow): Promise<Partial<DraftContent>> {
  const before = await identityOf(tx, ownerId, row)
  const under = { mail_account_id: identity.mail_account_id, identity_id: identity.id }
  if (before.id === identity.id) return under
  const { text, html } = exchangeSignature({ text: row.text_body, html: row.html_body }, before, identity)
  return { ...under, text_body: text, html_body: html }
}

function readCursor(cursor: string) {
  const [updatedAt, id] = decodeCursor(cursor, ['time', 'uuid'])
  return { updatedAt, id }
}
