import { finished, type Readable } from 'node:stream'
import type { ImapFlow } from 'imapflow'
import { AppError } from '#platform/errors.ts'
import type { MessagePart } from '../sync/body-parts.ts'
import type { Downloads } from './downloads.ts'
import type { MessageStore, ServerPlace } from './message-store.ts'
import { toUpstreamError, upstreamTimeout } from './upstream-error.ts'

export type MessageOnServer = { id: string; mail_account_id: string }

/** Bytes asked for at once: one round trip each, and what a download holds in memory. */
const chunkSize = 512 * 1024
/** How long until the first byte, or the whole of a text. */
const deadlineMs = 30_000
/** Encoded bytes of a text part that are fetched; more than is ever stored of it. */
const maxTextBytes = 2 * 1024 * 1024

export type MessageSource = ReturnType<typeof createMessageSource>

/**
 * Messages as they lie on their server, over short-lived connections. All of it throws AppError `upstream_unavailable`,
 * `upstream_timeout`, or `mail.message_gone` when the server has the message no longer where it was last seen.
 */
export function createMessageSource({ downloads, store }: { downloads: Downloads; store: MessageStore }) {
  return {
    /**
     * Streams a part, its transfer encoding undone, or the whole message. The connection is free again once the stream
     * has closed; one that is destroyed early takes its connection along.
     */
    async open(
      ownerId: string,
      message: MessageOnServer,
      { part, signal }: { part?: string; signal: AbortSignal },
    ): Promise<Readable> {
      const places = await store.placesOnServer(ownerId, message.id)
      const lease = await downloads.lease(ownerId, message.mail_account_id, signal)
      const end = withinDeadline(signal, lease.discard)
      try {
        const stream = await atPlace(lease.client, places, (uid) => openDownload(lease.client, uid, part))
        finished(stream, (error) => (error ? lease.discard() : lease.release()))
        return stream
      } catch (error) {
        lease.discard()
        throw end.reasonFor(error)
      } finally {
        end.clear()
      }
    },

    /** The encoded bytes of text parts, each at most 2 MiB, by part number. A part that the server lacks is left out. */
    async fetchTexts(
      ownerId: string,
      message: MessageOnServer,
      { parts, signal }: { parts: readonly MessagePart[]; signal: AbortSignal },
    ): Promise<Map<string, Buffer>> {
      const places = await store.placesOnServer(ownerId, message.id)
      const work = (client: ImapFlow) => atPlace(client, places, (uid) => fetchParts(client, uid, parts))
      try {
        return await downloads.withConnection(ownerId, message.mail_account_id, work, signal)
      } catch (error) {
        throw signal.aborted ? upstreamTimeout(error) : toUpstreamError(error)
      }
    },
  }
}

/** Only within its UIDVALIDITY does a UID name this message (RFC 3501 §2.3.1.1). */
async function atPlace<T>(
  client: ImapFlow,
  places: readonly ServerPlace[],
  take: (uid: string) => Promise<T | undefined>,
): Promise<T> {
  for (const place of places) {
    const mailbox = await client.mailboxOpen(place.path, { readOnly: true }).catch(unlessRefused)
    if (Number(mailbox?.uidValidity) !== place.uidvalidity) continue
    const taken = await take(String(place.uid))
    if (taken !== undefined) return taken
  }
  throw new AppError(
    'conflict',
    'mail.message_gone',
    'The mail server no longer has this message where it was; it was moved or deleted a moment ago.',
  )
}

function unlessRefused(error: unknown): undefined {
  if ((error as { responseStatus?: unknown }).responseStatus !== 'NO') throw error
}

async function openDownload(client: ImapFlow, uid: string, part: string | undefined): Promise<Readable | undefined> {
  const download = await client.download(uid, part, { uid: true, chunkSize, decodeText: false })
  return 'content' in download ? download.content : undefined
}

async function fetchParts(client: ImapFlow, uid: string, parts: readonly MessagePart[]) {
  const bodyParts = parts.map(({ part }) => ({ key: part, start: 0, maxLength: maxTextBytes }))
  const answer = await client.fetchOne(uid, { uid: true, bodyParts }, { uid: true })
  if (!answer) return undefined
  const texts = new Map<string, Buffer>()
  for (const [part, bytes] of answer.bodyParts ?? []) if (bytes) texts.set(part, bytes.subarray(0, maxTextBytes))
  return texts
}

/** Gives up at the deadline, or when the caller does: `onEnd` closes the connection, which fails what waits for it. */
function withinDeadline(signal: AbortSignal, onEnd: () => void) {
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    onEnd()
  }, deadlineMs)
  signal.addEventListener('abort', onEnd, { once: true })
  return {
    reasonFor: (error: unknown) =>
      isLate ? upstreamTimeout(error) : signal.aborted ? signal.reason : toUpstreamError(error),
    clear: () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onEnd)
    },
  }
}
