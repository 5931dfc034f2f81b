import { audit, type RequestOrigin } from '#platform/audit/audit.ts'
import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { type Answer, once } from '#platform/http/idempotency.ts'
import { attachmentsFor } from '../drafts/draft-attachments.ts'
import type { Drafts } from '../drafts/drafts.ts'
import { appendMailEvents, type MailEvent } from '../events.ts'
import { identityStore } from '../identities/identity-store.ts'
import type { MailPolicies } from '../policies.ts'
import type { Composition } from './composition.ts'
import { outboxEntryOf, outboxMessageOf } from './outbox-presentation.ts'
import { type OutboxFilter, type OutboxRow, outboxStore } from './outbox-store.ts'
import {
  latestTime,
  type NewMessageBody,
  type OutboxEntry,
  type OutboxMessage,
  type SendingBody,
} from './outbox-wire.ts'
import { referencesTo } from './references.ts'
import type { MailSending } from './sending.ts'

export type OutboxDeps = {
  database: Database
  transact: Transact
  events: Events
  sending: MailSending
  drafts: Pick<Drafts, 'takeForSending' | 'restoreFromOutbox' | 'open'>
  policies?: Pick<MailPolicies, 'requireAttachment'> | undefined
  now?: () => Date
}

/** Who sends in whose mail. */
export type Sender = { ownerId: string; actorId: string; origin: RequestOrigin }

export type Outbox = ReturnType<typeof createOutbox>

/** What an owner sends, and what became of it. */
export function createOutbox(deps: OutboxDeps) {
  const { database, transact, events, sending, drafts, now = () => new Date() } = deps

  async function accept(
    tx: Tx,
    sender: Sender,
    letter: { composition: Composition; draftId?: string; timing: SendingBody; events: MailEvent[] },
  ): Promise<Answer<OutboxEntry>> {
    const { composition, draftId, timing } = letter
    const { ownerId } = sender
    const sentBy = sender.actorId === ownerId ? undefined : sender.actorId
    // What was attached a while ago, or stood in a draft of another program, is held to what is allowed now.
    for (const file of composition.attachments) await deps.policies?.requireAttachment(tx, sender.actorId, file)
    const times = await timesOf(tx, ownerId, timing, now())
    const accepted = await sending.send(tx, { ownerId, composition, draftId, sentBy, ...times })
    if (sentBy !== undefined) await recordSending(tx, sender, accepted.row)
    await appendMailEvents(events, tx, ownerId, [...letter.events, ...accepted.events])
    return { status: 202, body: outboxEntryOf(accepted.row) }
  }

  return {
    /**
     * Accepts a message; a second request with the same key answers the first one's message.
     * @throws AppError `invalid_request_body` for bad recipients or times, `not_found` for an account, answered message
     *   or upload that is not the owner's, `mail.attachment_type_not_allowed`, `request_body_too_large` for a file that
     *   may not be sent any more, `idempotency_key_reused`.
     */
    create: (sender: Sender, body: NewMessageBody, idempotencyKey?: string): Promise<Answer<OutboxEntry>> =>
      transact((tx) =>
        once(tx, { ownerId: sender.ownerId, scope: 'mail.messages', key: idempotencyKey, body }, async () =>
          accept(tx, sender, { composition: await compositionOf(tx, sender.ownerId, body), timing: body, events: [] }),
        ),
      ),

    /**
     * Sends a draft: it leaves the list of drafts in the same moment.
     * @throws AppError as `takeForSending` and `create` do.
     */
    async sendDraft(
      sender: Sender,
      draftId: string,
      timing: SendingBody,
      { ifMatch, idempotencyKey }: { ifMatch: string | undefined; idempotencyKey: string | undefined },
    ): Promise<Answer<OutboxEntry>> {
      const { ownerId } = sender
      const request = { ownerId, scope: 'mail.draft_sending', key: idempotencyKey, body: { draftId, ...timing } }
      const take = () =>
        transact((tx) =>
          once(tx, request, async () => {
            const taken = await drafts.takeForSending(tx, ownerId, draftId, ifMatch)
            return accept(tx, sender, { ...taken, draftId, timing })
          }),
        )
      return take().catch(async (error: unknown) => {
        if (!(error instanceof AppError) || error.code !== 'mail.draft_not_opened') throw error
        await drafts.open(ownerId, draftId)
        return take()
      })
    },

    /** Newest first. */
    async list(
      ownerId: string,
      { cursor, limit, ...filter }: OutboxFilter & { cursor: string | undefined; limit: number },
    ): Promise<{ items: OutboxMessage[]; next_cursor: string | null }> {
      const after = cursor === undefined ? undefined : readCursor(cursor)
      const found = await outboxStore.list(database, ownerId, { ...filter, after, limit: limit + 1 })
      const rows = found.slice(0, limit)
      const last = rows.at(-1)
      const key = last && [last.created_at.toISOString().replace('Z', '000Z'), last.id]
      return {
        items: rows.map(outboxMessageOf),
        next_cursor: key && found.length > limit ? encodeCursor(key) : null,
      }
    },

    /** @throws AppError `not_found`. */
    async view(ownerId: string, id: string): Promise<OutboxEntry> {
      const row = await outboxStore.find(database, ownerId, id)
      if (!row) throw notFound('message in the outbox')
      return outboxEntryOf(row)
    },

    preferences: async (ownerId: string) => ({ undo_seconds: await outboxStore.undoSeconds(database, ownerId) }),

    setPreferences: async (ownerId: string, { undo_seconds }: { undo_seconds: number }) => {
      await outboxStore.setUndoSeconds(database, ownerId, undo_seconds)
      return { undo_seconds }
    },
  }
}

/** Who wrote in the name of a mailbox can be found out later. */
const recordSending = (tx: Tx, { ownerId, actorId, origin }: Sender, { id, mail_account_id }: OutboxRow) =>
  audit.record(tx, {
    ...{ ownerId, actorId, action: 'mail.message_sent_for', target: id, outcome: 'success', origin },
    details: { before: null, after: { mail_account_id } },
  })

async function timesOf(tx: Tx, ownerId: string, timing: SendingBody, now: Date) {
  const undoSeconds = timing.undo_seconds ?? (await outboxStore.undoSeconds(tx, ownerId))
  const undoableUntil = now.getTime() + undoSeconds * 1000
  const sendAt = timeOf('send_at', timing.send_at, now)
  const heldUntil = new Date(Math.max(undoableUntil, sendAt?.getTime() ?? 0))
  const followUpAt = timeOf('follow_up_at', timing.follow_up_at, now)
  if (followUpAt && followUpAt <= heldUntil) throw badTime('follow_up_at', 'must be later than the message leaves')
  return { heldUntil, followUpAt }
}

/** @throws AppError `invalid_request_body` for one that is too far ahead. */
export function timeOf(path: string, text: string | undefined, now: Date): Date | undefined {
  if (text === undefined) return undefined
  const time = new Date(text)
  if (time <= latestTime(now)) return time
  throw badTime(path, 'must be at most a year ahead')
}

export const badTime = (path: string, message: string) =>
  new AppError('invalid', 'invalid_request_body', `The request is not valid: body.${path} ${message}.`, {
    details: [{ path: `body.${path}`, message }],
  })

async function compositionOf(tx: Tx, ownerId: string, body: NewMessageBody): Promise<Composition> {
  const identity = await identityStore.ofAccount(tx, ownerId, body.mail_account_id, body.identity_id ?? null)
  if (!identity) throw notFound('mail account')
  if (body.identity_id !== undefined && identity.id !== body.identity_id) throw notFound('identity')
  const attachments = (body.attachments ?? []).map(({ content_id, ...file }) => ({
    ...file,
    ...(content_id !== undefined && { content_id }),
  }))
  return {
    mailAccountId: body.mail_account_id,
    identityId: identity.id,
    from: { name: identity.name, email: identity.email },
    replyTo: identity.reply_to,
    ...{ to: mailboxes(body.to), cc: mailboxes(body.cc), bcc: mailboxes(body.bcc) },
    subject: body.subject ?? '',
    text: body.text,
    html: body.html,
    attachments: await attachmentsFor(tx, ownerId, attachments, []),
    parts: [],
    ...(await replyTo(tx, ownerId, body.in_reply_to_message_id)),
  }
}

const mailboxes = (given: NewMessageBody['to'] = []) => given.map(({ name = '', email }) => ({ name, email }))

async function replyTo(tx: Tx, ownerId: string, messageId: string | undefined) {
  if (messageId === undefined) return { references: [] }
  const replied = await outboxStore.findReplied(tx, ownerId, messageId)
  if (!replied) throw notFound('message')
  return { ...referencesTo(replied), origin: { messageId, act: 'reply' as const } }
}

function readCursor(cursor: string) {
  const [createdAt, id] = decodeCursor(cursor, ['time', 'uuid'])
  return { createdAt, id }
}
