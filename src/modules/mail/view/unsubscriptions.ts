import type { Database, Queryable, Transact, Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { once } from '#platform/http/idempotency.ts'
import type { GuardedFetch } from '#platform/network/guarded-fetch.ts'
import { appendMailEvents } from '../events.ts'
import { identityStore } from '../identities/identity-store.ts'
import type { Composition } from '../outbox/composition.ts'
import type { MailSending } from '../outbox/sending.ts'
import type { StoredMessage } from '../reading/message-store.ts'
import { headerFields } from './header-fields.ts'
import { type ListUnsubscribe, listUnsubscribeOf, type Mailto } from './list-unsubscribe.ts'
import { findComplete, type MessageViewDeps } from './message-views.ts'
import { unsubscriptionStore } from './unsubscription-store.ts'

const deadlineMs = 15_000

export type UnsubscriptionMethod = 'one_click' | 'mailto'

export type RequestedUnsubscription = { method: UnsubscriptionMethod; requestedAt: Date; outboxId: string | null }

export type UnsubscriptionDeps = Pick<MessageViewDeps, 'messages' | 'views' | 'contents'> & {
  database: Database
  transact: Transact
  events: Events
  http: GuardedFetch
  sending: MailSending
}

export type Unsubscriptions = ReturnType<typeof createUnsubscriptions>

/** Taking oneself off the mailing list that sent a message. */
export function createUnsubscriptions(deps: UnsubscriptionDeps) {
  const { database, transact } = deps
  return {
    /**
     * Asks the sender's server (RFC 8058), or by mail where it offers no such thing. Asking again is harmless.
     * @throws AppError `not_found`; `mail.no_unsubscription` when the message offers no way, or not that one;
     *   `mail.unsubscribe_by_hand` when there is only a page for people; `mail.unsubscription_refused`;
     *   `upstream_timeout`; `upstream_unavailable` while the message's header cannot be had.
     */
    async request(
      ownerId: string,
      messageId: string,
      { method, idempotencyKey }: { method: UnsubscriptionMethod | undefined; idempotencyKey: string | undefined },
    ): Promise<RequestedUnsubscription> {
      const { row, facts } = await findComplete(deps, ownerId, messageId)
      if (!facts.details) throw unavailable()
      const way = chosenWay(listUnsubscribeOf(headerFields(facts.details.header_fields)), method)
      if ('to' in way) return byMail(ownerId, row, way, idempotencyKey)
      await oneClick(deps.http, way.url)
      return { method: 'one_click', outboxId: null, requestedAt: await record(database, ownerId, row.id, null) }
    },
  }

  function byMail(ownerId: string, row: StoredMessage, mailto: Mailto, key: string | undefined) {
    const request = { ownerId, scope: 'mail.unsubscriptions', key, body: { messageId: row.id } }
    return transact(async (tx) => {
      const answer = await once(tx, request, async () => {
        const composition = await compositionOf(tx, ownerId, row.mail_account_id, mailto)
        const sent = await deps.sending.send(tx, { ownerId, composition })
        const requestedAt = await record(tx, ownerId, row.id, sent.row.id)
        await appendMailEvents(deps.events, tx, ownerId, sent.events)
        return { status: 200, body: { outboxId: sent.row.id, requestedAt: requestedAt.toISOString() } }
      })
      const { outboxId, requestedAt } = answer.body
      return { method: 'mailto' as const, outboxId, requestedAt: new Date(requestedAt) }
    })
  }
}

const record = (tx: Queryable, ownerId: string, messageId: string, outboxId: string | null): Promise<Date> =>
  unsubscriptionStore.record(tx, ownerId, messageId, { method: outboxId === null ? 'one_click' : 'mailto', outboxId })

/** From whom the account writes by default. */
async function compositionOf(
  tx: Tx,
  ownerId: string,
  mailAccountId: string,
  { to, subject, body }: Mailto,
): Promise<Composition> {
  const identity = await identityStore.ofAccount(tx, ownerId, mailAccountId, null)
  if (!identity) throw notFound('mail account')
  return {
    ...{ mailAccountId, from: { name: identity.name, email: identity.email }, subject, text: body },
    to: [{ name: '', email: to }],
    ...{ replyTo: [], cc: [], bcc: [], attachments: [], parts: [], references: [] },
  }
}

function chosenWay(
  ways: ListUnsubscribe | undefined,
  method: UnsubscriptionMethod | undefined,
): Mailto | { url: string } {
  if (ways?.oneClick && method !== 'mailto') return { url: ways.oneClick }
  if (ways?.mailto && method !== 'one_click') return ways.mailto
  if (!ways?.url || method !== undefined) {
    throw new AppError(
      'conflict',
      'mail.no_unsubscription',
      'This message does not say how to leave its list that way.',
    )
  }
  throw new AppError(
    'conflict',
    'mail.unsubscribe_by_hand',
    'The sender offers a page only; open the message’s unsubscription.url to leave the list there.',
  )
}

/** RFC 8058 §3.2: a POST with that body, without cookies or credentials; redirects are not followed. */
async function oneClick(http: GuardedFetch, url: string): Promise<void> {
  const answer = await http
    .fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'Ulti' },
      body: 'List-Unsubscribe=One-Click',
      signal: AbortSignal.timeout(deadlineMs),
    })
    .catch((error) => {
      throw (error as { name?: string }).name === 'TimeoutError' ? late(error) : refused(error)
    })
  await answer.body?.cancel()
  if (answer.status < 200 || answer.status >= 300) throw refused(new Error(`answered ${answer.status}`))
}

const refused = (cause: unknown) =>
  new AppError(
    'upstream_unavailable',
    'mail.unsubscription_refused',
    'The sender’s server did not take the request; try again later, or open the message’s unsubscription.url.',
    { cause },
  )

const late = (cause: unknown) =>
  new AppError(
    'upstream_timeout',
    'upstream_timeout',
    'The sender’s server took too long to answer; try again later.',
    { cause },
  )

const unavailable = () =>
  new AppError(
    'upstream_unavailable',
    'upstream_unavailable',
    'The mail server cannot be reached to look at this message; try again later.',
  )
