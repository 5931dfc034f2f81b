import type { Transact } from '#platform/database/database.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { StoredMessage } from '../reading/message-store.ts'
import type { FetchedParts, MessageSource } from '../source/message-source.ts'
import { decodeText, type MessagePart, textPartsOf } from '../sync/body-parts.ts'
import { storeBodies } from '../sync/body-store.ts'
import type { FetchedBody } from '../sync/indexed-body.ts'
import { calendarPartOf } from './calendar-part.ts'
import { viewedHeaders } from './header-fields.ts'
import { detailsOfHeader, type MessageDetails } from './message-details.ts'
import { isTnef, readTnef } from './tnef.ts'
import { detailStore } from './view-store.ts'

/** How long a reader waits for a body before being told to come back, and how long for less than that. */
const bodyPatienceMs = 10_000
const detailPatienceMs = 3_000
/** How long a mail server that did not answer is not asked for details again. */
const restMs = 30_000
const maxTnefParts = 3
const maxTnefBytes = 50 * 1024 * 1024
const maxCalendarLength = 256_000

export type Missing = { body: boolean; details: boolean }

export type MessageContents = ReturnType<typeof createMessageContents>

/** What a view needs and sync has not come to yet, fetched because somebody opens the message. */
export function createMessageContents(deps: {
  source: MessageSource
  transact: Transact
  log: Logger
  now?: () => number
}) {
  const { source, now = () => Date.now() } = deps
  const underway = new Map<string, Promise<boolean>>()
  const silentUntil = new Map<string, number>()

  async function fetchAndStore(ownerId: string, message: StoredMessage, missing: Missing): Promise<boolean> {
    const { text, html } = missing.body ? textPartsOf(message.parts) : {}
    const calendar = missing.details ? calendarPartOf(message.parts) : undefined
    const parts = [...new Set([text, html, calendar])].filter((part) => part !== undefined)
    const signal = AbortSignal.timeout(missing.body ? bodyPatienceMs : detailPatienceMs)
    const headers = missing.details ? viewedHeaders : []
    const fetched = await source.fetch(ownerId, message, { parts, headers, signal })
    const tnef = missing.details ? await tnefOf(ownerId, message, signal) : []
    const row: FetchedBody = {
      ...{ messageId: message.id, mailAccountId: message.mail_account_id },
      ...{ text: decoded(fetched, text), html: decoded(fetched, html) },
      isTruncated: [text, html].some((part) => part && part.size > (fetched.texts.get(part.part)?.length ?? 0)),
    }
    const details = detailsOf(fetched, calendar, tnef)
    await deps.transact(async (tx) => {
      if (missing.body) await storeBodies(tx, ownerId, [row])
      if (missing.details) await detailStore.keep(tx, ownerId, message.id, details)
    })
    return true
  }

  async function tnefOf(ownerId: string, message: StoredMessage, signal: AbortSignal): Promise<MessageDetails['tnef']> {
    const parts = message.parts.filter((part) => isTnef(part) && part.size <= maxTnefBytes).slice(0, maxTnefParts)
    const read: MessageDetails['tnef'] = []
    for (const { part } of parts) {
      const stream = await source.open(ownerId, message, { part, signal })
      read.push({ part, ...(await readTnef(stream).finally(() => stream.destroy())) })
    }
    return read
  }

  const contents = {
    /** Whether its body is stored now, by the same rules. */
    fetch: (ownerId: string, message: StoredMessage): Promise<boolean> =>
      contents.complete(ownerId, message, { body: true, details: false }),

    /**
     * Whether what was missing is stored now. Never throws: a mail server that is away leaves a message without its
     * body or its details.
     */
    complete(ownerId: string, message: StoredMessage, missing: Missing): Promise<boolean> {
      if (!missing.body && !missing.details) return Promise.resolve(false)
      const account = message.mail_account_id
      if (!missing.body && (silentUntil.get(account) ?? 0) > now()) return Promise.resolve(false)
      const key = `${message.id} ${missing.body}`
      const known = underway.get(key)
      if (known) return known
      const fetched = fetchAndStore(ownerId, message, missing)
        .then((isStored) => {
          silentUntil.delete(account)
          return isStored
        })
        .catch((error) => {
          silentUntil.set(account, now() + restMs)
          deps.log.warn({ messageId: message.id, err: error }, 'what a view needs of a message could not be fetched')
          return false
        })
        .finally(() => underway.delete(key))
      underway.set(key, fetched)
      return fetched
    },
  }
  return contents
}

function detailsOf(
  fetched: FetchedParts,
  calendar: MessagePart | undefined,
  tnef: MessageDetails['tnef'],
): MessageDetails {
  const invitation = decoded(fetched, calendar)
  return {
    ...detailsOfHeader(fetched.header ?? Buffer.alloc(0)),
    calendar: calendar && invitation ? { part: calendar.part, text: invitation.slice(0, maxCalendarLength) } : null,
    tnef,
  }
}

function decoded({ texts }: FetchedParts, part: MessagePart | undefined): string | null {
  const bytes = part && texts.get(part.part)
  return part && bytes ? decodeText(bytes, part) : null
}
