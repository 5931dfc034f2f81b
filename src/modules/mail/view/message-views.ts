import { createHash } from 'node:crypto'
import { notFound } from '#platform/errors.ts'
import { registrableDomain } from '../correspondents/domains.ts'
import { skeletonOf } from '../correspondents/look-alikes.ts'
import { sanitizerVersion } from '../html/html-sanitizer.ts'
import type { MessageStore, StoredMessage } from '../reading/message-store.ts'
import type { CleanBodies } from './clean-bodies.ts'
import type { MessageContents } from './message-contents.ts'
import type { MessagePresentation } from './message-presentation.ts'
import type { Message } from './message-wire.ts'
import type { ViewFacts, ViewStore } from './view-store.ts'

export type MessageViews = ReturnType<typeof createMessageViews>

export type ViewOptions = {
  /** Whether the caller has that version already; undefined for one who has none. */
  isKnown: ((etag: string) => boolean) | undefined
  withRemoteImages: boolean
}

export type MessageViewDeps = {
  messages: MessageStore
  views: ViewStore
  contents: MessageContents
  bodies: CleanBodies
  present: MessagePresentation
}

/** Single messages as their owner sees them. */
export function createMessageViews(deps: MessageViewDeps) {
  const { views, bodies, present } = deps
  return {
    /**
     * A message with its body, which is fetched from the mail server now if it is not here yet. `message` is undefined
     * when the caller has this version.
     * @throws AppError `not_found`.
     */
    async view(
      ownerId: string,
      messageId: string,
      { isKnown, withRemoteImages }: ViewOptions,
    ): Promise<{ etag: string; message: Message | undefined }> {
      const { row, facts } = await findComplete(deps, ownerId, messageId)
      const hasBody = row.body_state === 'stored' || row.body_state === 'indexed'
      const findBody = () => (hasBody ? bodies.find(ownerId, row) : undefined)
      const [knownDomains, found] = await Promise.all([
        knownDomainsOf(views, ownerId, row.from_email),
        isKnown ? undefined : findBody(),
      ])
      const etag = etagOf([sanitizerVersion, present.version(), row, facts, knownDomains, withRemoteImages])
      if (isKnown?.(etag)) return { etag, message: undefined }
      const body = isKnown ? await findBody() : found
      return { etag, message: present.message({ ownerId, row, facts, knownDomains, body, withRemoteImages }) }
    },
  }
}

/** @throws AppError `not_found`. */
export async function findComplete(
  { messages, views, contents }: Pick<MessageViewDeps, 'messages' | 'views' | 'contents'>,
  ownerId: string,
  messageId: string,
): Promise<{ row: StoredMessage; facts: ViewFacts }> {
  const find = async () => {
    const [row, facts] = await Promise.all([messages.find(ownerId, messageId), views.facts(ownerId, messageId)])
    if (!row || !facts) throw notFound('message')
    return { row, facts }
  }
  const found = await find()
  const { body_state } = found.row
  const missing = {
    body: body_state !== 'stored' && body_state !== 'failed',
    details: body_state !== 'failed' && found.facts.details === null,
  }
  return (await contents.complete(ownerId, found.row, missing)) ? find() : found
}

/** Those that the sender's may be taken for, and the sender's own if it is known. */
async function knownDomainsOf(views: ViewStore, ownerId: string, email: string): Promise<string[]> {
  const domain = registrableDomain(email)
  if (domain === undefined) return []
  const known = await views.knownDomains(ownerId, domain, skeletonOf(domain))
  return [...new Set(known.map((one) => registrableDomain(one) ?? one))]
}

/** Weak (RFC 9110 §8.8.1): the same message may be written in other bytes. Changes with all that a view shows. */
function etagOf(shown: readonly unknown[]): string {
  const hash = createHash('sha256').update(JSON.stringify(shown))
  return `W/"${hash.digest('base64url').slice(0, 22)}"`
}
