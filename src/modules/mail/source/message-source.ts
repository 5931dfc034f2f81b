import { finished, type Readable } from 'node:stream'
import type { ImapFlow, MessageStructureObject } from 'imapflow'
import { AppError } from '#platform/errors.ts'
import type { MessageStore, ServerPlace } from '../reading/message-store.ts'
import type { MessagePart } from '../sync/body-parts.ts'
import type { Downloads } from './downloads.ts'
import { toUpstreamError, upstreamTimeout } from './upstream-error.ts'

/** By part number; `header` holds the fields that were asked for. */
export type FetchedParts = { texts: Map<string, Buffer>; header: Buffer | undefined }

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

    /** Fields of the header by their names, as they are in the message; without those that it does not have. */
    async fetchHeader(
      ownerId: string,
      message: MessageOnServer,
      { names, signal }: { names: readonly string[]; signal: AbortSignal },
    ): Promise<Buffer> {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)])
      const take = (client: ImapFlow, uid: string) => fetchParts(client, uid, { parts: [], headers: names })
      return (await onServer(ownerId, message, deadline, take)).header ?? Buffer.alloc(0)
    },

    /** The encoded bytes of text parts, each at most 2 MiB, and some header fields. What the server lacks is left out. */
    async fetch(
      ownerId: string,
      message: MessageOnServer,
      { parts, headers, signal }: { parts: readonly MessagePart[]; headers: readonly string[]; signal: AbortSignal },
    ): Promise<FetchedParts> {
      if (parts.length === 0 && headers.length === 0) return { texts: new Map(), header: undefined }
      return onServer(ownerId, message, signal, (client, uid) => fetchParts(client, uid, { parts, headers }))
    },

    /** The tree of its MIME parts, with those of the messages that it encloses. */
    async structure(
      ownerId: string,
      message: MessageOnServer,
      signal: AbortSignal,
    ): Promise<MessageStructureObject | undefined> {
      const query = { uid: true, bodyStructure: true }
      return onServer(ownerId, message, signal, async (client, uid) => {
        const answer = await client.fetchOne(uid, query, { uid: true })
        return answer ? answer.bodyStructure : undefined
      })
    },
  }

  async function onServer<T>(
    ownerId: string,
    message: MessageOnServer,
    signal: AbortSignal,
    take: (client: ImapFlow, uid: string) => Promise<T | undefined>,
  ): Promise<T> {
    const places = await store.placesOnServer(ownerId, message.id)
    const work = (client: ImapFlow) => atPlace(client, places, (uid) => take(client, uid))
    try {
      return await downloads.withConnection(ownerId, message.mail_account_id, work, signal)
    } catch (error) {
      throw signal.aborted ? upstreamTimeout(error) : toUpstreamError(error)
    }
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

async function fetchParts(
  client: ImapFlow,
  uid: string,
  { parts, headers }: { parts: readonly MessagePart[]; headers: readonly string[] },
): Promise<FetchedParts | undefined> {
  const bodyParts = parts.map(({ part }) => ({ key: part, start: 0, maxLength: maxTextBytes }))
  const query = {
    uid: true,
    ...(parts.length > 0 && { bodyParts }),
    ...(headers.length > 0 && { headers: [...headers] }),
  }
  const answer = await client.fetchOne(uid, query, { uid: true })
  if (!answer) return undefined
  const texts = new Map<string, Buffer>()
  for (const [part, bytes] of answer.bodyParts ?? []) if (bytes) texts.set(part, bytes.subarray(0, maxTextBytes))
  return { texts, header: answer.headers }
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
