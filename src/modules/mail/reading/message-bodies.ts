import type { Transact } from '#platform/database/database.ts'
import type { Logger } from '#platform/observability/log.ts'
import { decodeText, type MessagePart, textPartsOf } from '../sync/body-parts.ts'
import { storeBodies } from '../sync/body-store.ts'
import type { MessageSource } from './message-source.ts'
import type { StoredMessage } from './message-store.ts'

/** How long a reader waits for a body before being told to come back. */
const patienceMs = 10_000

export type MessageBodies = ReturnType<typeof createMessageBodies>

/** Bodies that sync has not come to yet, fetched because somebody opens the message. */
export function createMessageBodies(deps: { source: MessageSource; transact: Transact; log: Logger }) {
  const underway = new Map<string, Promise<boolean>>()

  async function fetchAndStore(ownerId: string, message: StoredMessage): Promise<boolean> {
    const { text, html } = textPartsOf(message.parts)
    const parts = [text, html].filter((part) => part !== undefined)
    const signal = AbortSignal.timeout(patienceMs)
    const texts = parts.length > 0 ? await deps.source.fetchTexts(ownerId, message, { parts, signal }) : new Map()
    const row = {
      messageId: message.id,
      mailAccountId: message.mail_account_id,
      text: decoded(texts, text),
      html: decoded(texts, html),
      isTruncated: parts.some((part) => part.size > (texts.get(part.part)?.length ?? 0)),
    }
    await deps.transact((tx) => storeBodies(tx, ownerId, [row]))
    return true
  }

  return {
    /** Whether the body is stored now. Never throws: a server that is away leaves a message without its body. */
    fetch(ownerId: string, message: StoredMessage): Promise<boolean> {
      const known = underway.get(message.id)
      if (known) return known
      const fetched = fetchAndStore(ownerId, message)
        .catch((error) => {
          deps.log.warn({ messageId: message.id, err: error }, 'a body could not be fetched')
          return false
        })
        .finally(() => underway.delete(message.id))
      underway.set(message.id, fetched)
      return fetched
    },
  }
}

function decoded(texts: ReadonlyMap<string, Buffer>, part: MessagePart | undefined): string | null {
  const bytes = part && texts.get(part.part)
  return part && bytes ? decodeText(bytes, part) : null
}
