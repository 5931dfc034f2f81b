import type { Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { etagMismatch, isMatch } from '#platform/http/etag.ts'
import { type Answer, once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import type { Drafts } from '../drafts/drafts.ts'
import { appendMailEvents, type MailEvent } from '../events.ts'
import type { Composition } from './composition.ts'
import { badTime, type OutboxDeps, timeOf } from './outbox.ts'
import { etagOfEntry, outboxEntryOf } from './outbox-presentation.ts'
import { type OutboxRecipient, type OutboxRow, outboxStore } from './outbox-store.ts'
import { enqueueFiling, enqueueTransmission } from './outbox-wakeups.ts'
import type { OutboxChangeBody, OutboxEntry } from './outbox-wire.ts'
import { checked, contentOf } from './sending.ts'
import { transmissionStore } from './transmission-store.ts'

export type OutboxActs = ReturnType<typeof createOutboxActs>
type OutboxActDeps = Omit<OutboxDeps, 'sending' | 'drafts'> & { drafts: Pick<Drafts, 'restoreFromOutbox'> }
type Act = { ownerId: string; id: string; idempotencyKey: string | undefined }

/** What an owner does with messages in the outbox. Each waits for whoever transmits the message at this moment. */
export function createOutboxActs(deps: OutboxActDeps) {
  const { transact, events, drafts, now = () => new Date() } = deps

  async function locked(tx: Tx, ownerId: string, id: string): Promise<OutboxRow> {
    const row = await outboxStore.lock(tx, ownerId, id)
    if (!row) throw notFound('message in the outbox')
    return row
  }

  /** The message as it is now, after an act that is told last. */
  async function told(tx: Tx, ownerId: string, id: string): Promise<OutboxEntry> {
    const row = await locked(tx, ownerId, id)
    await appendMailEvents(events, tx, ownerId, [updatedEvent(row)])
    return outboxEntryOf(row)
  }

  async function requeue(tx: Tx, ownerId: string, row: OutboxRow, recipients: OutboxRecipient[]): Promise<void> {
    await outboxStore.requeue(tx, ownerId, row.id, recipients)
    await enqueueTransmission(tx, { ownerId, mailAccountId: row.mail_account_id })
  }

  /** @returns the state that it had. @throws AppError `not_found`, `mail.nothing_to_retry`, `mail.outcome_unknown`. */
  async function tryAgain(tx: Tx, ownerId: string, id: string): Promise<string> {
    const row = await locked(tx, ownerId, id)
    if (row.state === 'unknown') throw outcomeUnknown()
    const isOpen = row.state === 'queued' || row.recipients.some(({ state }) => state === 'refused')
    if (!isOpen || row.state === 'transmitting') throw nothingToRetry()
    await requeue(tx, ownerId, row, asked(row, 'refused', { state: 'queued', response: null }))
    return row.state
  }

  const act = ({ ownerId, id, idempotencyKey }: Act, scope: string, body: object, work: (tx: Tx) => Promise<void>) =>
    transact((tx): Promise<Answer<OutboxEntry>> => {
      const request = { ownerId, scope, key: idempotencyKey, body: { id, ...body } }
      return once(tx, request, async () => {
        await work(tx)
        return { status: 200, body: await told(tx, ownerId, id) }
      })
    })

  return {
    /**
     * Changes a message that has not left, or when to be reminded of one.
     * @throws AppError `not_found`, `etag_mismatch`, `invalid_request_body`, `mail.not_held` once it is on its way.
     */
    change: (ownerId: string, id: string, body: OutboxChangeBody, ifMatch: string | undefined): Promise<OutboxEntry> =>
      transact(async (tx) => {
        const row = await locked(tx, ownerId, id)
        if (!isMatch(ifMatch, etagOfEntry(row))) throw etagMismatch()
        const { follow_up_at: followUp, send_at: sendAt, ...content } = body
        if (sendAt !== undefined || Object.keys(content).length > 0) {
          await changeHeld(tx, ownerId, row, { content, sendAt: timeOf('send_at', sendAt, now()), now: now() })
        }
        if (followUp !== undefined) {
          const at = followUp === null ? null : (timeOf('follow_up_at', followUp, now()) ?? null)
          if (at && at <= now()) throw badTime('follow_up_at', 'must not have passed')
          await outboxStore.setFollowUp(tx, ownerId, id, at)
        }
        return told(tx, ownerId, id)
      }),

    /**
     * Takes a message back that nobody has got, and makes a draft of it again.
     * @throws AppError `not_found`, `mail.already_sent`, `mail.outcome_unknown`.
     */
    undo: (ownerId: string, id: string): Promise<{ draft_id: string }> =>
      transact(async (tx) => {
        const row = await locked(tx, ownerId, id)
        const composition = takenBack(row)
        const draftId = row.draft_id ?? newId()
        await outboxStore.delete(tx, ownerId, id)
        const restored = await drafts.restoreFromOutbox(tx, ownerId, composition, draftId)
        const data = { mail_account_id: row.mail_account_id, outbox_id: id }
        await appendMailEvents(events, tx, ownerId, [...restored, { type: 'mail.outbox_deleted', data }])
        return { draft_id: draftId }
      }),

    /**
     * Tries a message now: one that waits for its next attempt, or again for those who were refused.
     * @throws AppError `not_found`, `mail.nothing_to_retry`, `mail.outcome_unknown`.
     */
    retry: (request: Act): Promise<Answer<OutboxEntry>> =>
      act(request, 'mail.outbox_retry', {}, async (tx) => {
        await tryAgain(tx, request.ownerId, request.id)
      }),

    /** The same within another transaction. @returns the state that it had. @throws AppError as `retry` does. */
    async retryWithin(tx: Tx, ownerId: string, id: string): Promise<string> {
      const before = await tryAgain(tx, ownerId, id)
      await told(tx, ownerId, id)
      return before
    },

    /**
     * The owner's word on a message of which nobody knows whether it was sent.
     * @throws AppError `not_found`, `mail.outcome_known`.
     */
    resolve: (request: Act, resolution: string): Promise<Answer<OutboxEntry>> =>
      act(request, 'mail.outbox_resolution', { resolution }, async (tx) => {
        const { ownerId, id } = request
        const row = await locked(tx, ownerId, id)
        if (row.state !== 'unknown') throw outcomeKnown()
        if (resolution === 'resent') {
          return requeue(tx, ownerId, row, asked(row, 'unknown', { state: 'queued', response: null }))
        }
        const recipients = asked(row, 'unknown', { state: 'accepted', response: saidByOwner })
        const settlement = { id, state: 'sent' as const, recipients, lastResponse: saidByOwner, retryInSeconds: 0 }
        await transmissionStore.settleAll(tx, ownerId, [settlement])
        await enqueueFiling(tx, { ownerId, mailAccountId: row.mail_account_id })
      }),
  }
}

const saidByOwner = 'You said that it was sent.'

type HeldChange = { content: Omit<OutboxChangeBody, 'send_at' | 'follow_up_at'>; sendAt: Date | undefined; now: Date }

async function changeHeld(tx: Tx, ownerId: string, row: OutboxRow, { content, sendAt, now }: HeldChange) {
  const { id, composition, mail_account_id: mailAccountId } = row
  if (row.state !== 'held' || !composition) throw notHeld()
  const notBefore = sendAt ? new Date(Math.max(sendAt.getTime(), now.getTime())) : row.not_before
  const changed = contentOf(checked(changedBy(composition, content)))
  await outboxStore.changeContent(tx, ownerId, id, { ...changed, notBefore })
  await enqueueTransmission(tx, { ownerId, mailAccountId }, { id, runAt: notBefore })
}

function changedBy(composition: Composition, content: HeldChange['content']): Composition {
  const { to, cc, bcc, subject, text, html } = content
  const list = (given: NonNullable<typeof to>) => given.map(({ name = '', email }) => ({ name, email }))
  return {
    ...composition,
    ...(to && { to: list(to) }),
    ...(cc && { cc: list(cc) }),
    ...(bcc && { bcc: list(bcc) }),
    ...(subject !== undefined && { subject }),
    // A text that was written beside an older HTML is no alternative to the new one.
    ...(html !== undefined && { html, text: undefined }),
    ...(text !== undefined && { text }),
  }
}

/** What can be given back as a draft: nobody has got it, and nobody can be about to get it. */
function takenBack({ state, recipients, composition }: OutboxRow): Composition {
  if (state === 'unknown') throw outcomeUnknown()
  const isOut = state === 'transmitting' || state === 'sent' || recipients.some((one) => one.state === 'accepted')
  if (isOut || !composition) throw alreadySent()
  return composition
}

const asked = (
  { recipients }: OutboxRow,
  state: OutboxRecipient['state'],
  becomes: Pick<OutboxRecipient, 'state' | 'response'>,
): OutboxRecipient[] => recipients.map((one) => (one.state === state ? { ...one, ...becomes } : one))

const updatedEvent = ({ id, mail_account_id, state }: OutboxRow): MailEvent => ({
  type: 'mail.outbox_updated',
  data: { mail_account_id, outbox_id: id, state },
})

const conflict = (code: string, message: string) => new AppError('conflict', code, message)
const notHeld = () =>
  conflict('mail.not_held', 'The message is on its way and can no longer be changed; only its reminder can.')
const alreadySent = () => conflict('mail.already_sent', 'The message has left, or is leaving; it cannot be taken back.')
const nothingToRetry = () =>
  conflict('mail.nothing_to_retry', 'There is nobody to whom the message could be sent again.')
const outcomeUnknown = () =>
  conflict(
    'mail.outcome_unknown',
    'Nobody knows whether the message was sent; say first what became of it, by its resolution.',
  )
const outcomeKnown = () =>
  conflict(
    'mail.outcome_known',
    'What became of the message is known, or being found out; there is nothing to resolve.',
  )
