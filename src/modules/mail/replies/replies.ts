import type { Database, Transact } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { type Answer, once } from '#platform/http/idempotency.ts'
import type { Logger } from '#platform/observability/log.ts'
import { emptyContent } from '../drafts/draft-content.ts'
import type { DraftContent } from '../drafts/draft-store.ts'
import type { Draft } from '../drafts/draft-wire.ts'
import type { Drafts } from '../drafts/drafts.ts'
import { type Bodies, beginWithSignature, signAboveQuote } from '../drafts/signature.ts'
import { quotableHtml } from '../html/quotable-html.ts'
import { type IdentityRow, identityStore } from '../identities/identity-store.ts'
import type { Mailbox } from '../outbox/compose.ts'
import { referencesTo } from '../outbox/references.ts'
import type { MessageStore, StoredMessage } from '../reading/message-store.ts'
import type { MessageSource } from '../source/message-source.ts'
import { attachmentsOf, type MessagePart } from '../sync/body-parts.ts'
import type { MessageFiles } from '../uploads/message-files.ts'
import type { MessageContents } from '../view/message-contents.ts'
import type { Quoted } from './attribution.ts'
import { readFollowUpTo } from './follow-up-to.ts'
import { quoteForForward, quoteForReply } from './quote.ts'
import { replyRecipients } from './reply-recipients.ts'
import { forwardSubject, replySubject } from './reply-subject.ts'
import type { ForwardBody } from './reply-wire.ts'
import { writerStore } from './writer-store.ts'

export type ReplyDeps = {
  database: Database
  transact: Transact
  drafts: Drafts
  messages: MessageStore
  bodies: Pick<MessageContents, 'fetch'>
  source: MessageSource
  files: MessageFiles
  log: Logger
}

export type Act = 'reply' | 'reply-all' | 'forward'
export type ReplyRequest = { body: ForwardBody; idempotencyKey: string | undefined; signal: AbortSignal }
export type Replies = ReturnType<typeof createReplies>

/** Drafts that answer a message or pass it on. */
export function createReplies(deps: ReplyDeps) {
  const { database, transact, drafts, messages, bodies, source, files, log } = deps

  async function bodyOf(ownerId: string, message: StoredMessage): Promise<Bodies> {
    if (message.body_state === 'failed') return nothing
    const isFetched = message.body_state === 'stored' || (await bodies.fetch(ownerId, message))
    // Its text is here although its HTML cannot be had now.
    const body =
      isFetched || message.body_state === 'indexed' ? await messages.findBody(ownerId, message.id) : undefined
    if (!body) throw bodyAway()
    return { text: body.text, html: body.html }
  }

  /** Only the mail server knows it. One that is away must not keep anybody from answering. */
  async function followUpTo(ownerId: string, message: StoredMessage, signal: AbortSignal): Promise<Mailbox[]> {
    const asked = source.fetchHeader(ownerId, message, { names: ['mail-followup-to'], signal })
    const header = await asked.catch((error: unknown) => {
      if (signal.aborted) throw error
      log.info({ message_id: message.id, err: error }, 'Mail-Followup-To could not be asked for')
      return undefined
    })
    return header ? readFollowUpTo(header) : []
  }

  async function quoted(ownerId: string, message: StoredMessage, act: Act, { body, signal }: ReplyRequest) {
    if (act === 'forward' && body?.as === 'attachment') {
      return { quote: nothing, attachments: [await files.copyWhole(ownerId, message, signal)] }
    }
    const isForward = act === 'forward'
    const isQuoted = body?.is_quoted ?? true
    const { text, html } = isQuoted ? await bodyOf(ownerId, message) : nothing
    const clean = html === null ? undefined : quotableHtml(html, message.parts)
    const images = clean?.images ?? new Map<MessagePart, string>()
    const parts = isForward ? attachmentsOf(message.parts) : [...images.keys()]
    const attachments = await files.copy(ownerId, message, { parts, images, signal })
    if (!isQuoted) return { quote: nothing, attachments }
    const make = isForward ? quoteForForward : quoteForReply
    const writer = await writerStore.find(database, ownerId)
    return { quote: make(quotedOf(message), { text, html: clean?.html ?? null }, writer), attachments }
  }

  async function recipientsOf(ownerId: string, message: StoredMessage, act: Act, signal: AbortSignal) {
    if (act === 'forward') return { to: [], cc: [] }
    const isToAll = act === 'reply-all'
    const own = await identityStore.addresses(database, ownerId)
    const { to = [], cc = [], reply_to: replyTo = [] } = message.recipients
    return replyRecipients(
      { from: { name: message.from_name, email: message.from_email }, to, cc, replyTo },
      { own, isToAll, followUpTo: isToAll ? await followUpTo(ownerId, message, signal) : [] },
    )
  }

  async function contentOf(ownerId: string, message: StoredMessage, act: Act, request: ReplyRequest) {
    const identity = await identityFor(database, ownerId, message, request.body?.identity_id)
    const { to, cc } = await recipientsOf(ownerId, message, act, request.signal)
    const { quote, attachments } = await quoted(ownerId, message, act, request)
    const isForward = act === 'forward'
    const { text, html } = quote === nothing ? beginWithSignature(identity) : signAboveQuote(quote, identity)
    const { inReplyTo = null, references } = referencesTo(message)
    const content: DraftContent = {
      ...emptyContent(identity),
      ...{ to_recipients: to, cc_recipients: cc, attachments, text_body: text, html_body: html },
      subject: (isForward ? forwardSubject : replySubject)(message.subject),
      // What is passed on stays in its thread, and answers nobody.
      in_reply_to: isForward ? null : inReplyTo,
      reference_headers: references,
      origin_message_id: message.id,
      origin_act: isForward ? 'forward' : 'reply',
    }
    return content
  }

  return {
    /**
     * Makes a draft that answers a message or passes it on. What it needs of the message is fetched now.
     * @throws AppError `not_found`, `upstream_unavailable`, `upstream_timeout`, `mail.message_gone`,
     *   `request_body_too_large` for a file that is larger than may be attached, `mail.attachment_type_not_allowed`,
     *   `mail.attachment_storage_full`, `idempotency_key_reused`.
     */
    async create(ownerId: string, messageId: string, act: Act, request: ReplyRequest): Promise<Answer<Draft>> {
      const message = await messages.find(ownerId, messageId)
      if (!message) throw notFound('message')
      const content = await contentOf(ownerId, message, act, request)
      const key = { ownerId, scope: `mail.${act}`, key: request.idempotencyKey, body: { messageId, ...request.body } }
      return transact((tx) =>
        once(tx, key, async () => ({ status: 201, body: await drafts.begin(tx, ownerId, content) })),
      )
    },
  }
}

const nothing: Bodies = { text: null, html: null }

const quotedOf = (message: StoredMessage): Quoted => ({
  from: { name: message.from_name, email: message.from_email },
  to: message.recipients.to ?? [],
  cc: message.recipients.cc ?? [],
  subject: message.subject,
  date: new Date(message.sent_at ?? message.received_at),
})

/** The identity that is asked for, or that the message names, else the default of its account. */
async function identityFor(
  database: Database,
  ownerId: string,
  message: StoredMessage,
  identityId: string | undefined,
): Promise<IdentityRow> {
  if (identityId !== undefined) {
    const identity = await identityStore.find(database, ownerId, identityId)
    if (!identity) throw notFound('identity')
    return identity
  }
  const mailAccountId = message.mail_account_id
  const { to = [], cc = [], bcc = [] } = message.recipients
  const named = new Set([...to, ...cc, ...bcc, { email: message.from_email }].map(({ email }) => email.toLowerCase()))
  const page = { mailAccountId, after: undefined, limit: 200 }
  const identities = await identityStore.list(database, ownerId, page)
  const fitting = identities.filter(({ email }) => named.has(email.toLowerCase()))
  const found =
    fitting.find((one) => one.is_default) ??
    fitting[0] ??
    (await identityStore.ofAccount(database, ownerId, mailAccountId, null))
  if (!found) throw notFound('mail account')
  return found
}

const bodyAway = () =>
  new AppError(
    'upstream_unavailable',
    'upstream_unavailable',
    'The mail server did not give the text of the message that is to be quoted; try again, or do without the quote.',
  )
