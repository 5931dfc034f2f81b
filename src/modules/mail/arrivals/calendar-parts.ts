import { AppError } from '#platform/errors.ts'
import type { MessageSource } from '../source/message-source.ts'
import { decodeText } from '../sync/decode-text.ts'
import { authenticationOf } from '../view/authentication.ts'
import { headerFields } from '../view/header-fields.ts'
import { calendarPartConsumer } from './arrival-store.ts'
import type { Arrival, ArrivalConsumer } from './arrivals.ts'

/** A part of type text/calendar (RFC 6047) of a message that arrived, and the address that the message is from. */
export type ArrivedCalendarPart = { ownerId: string; from: string; content: string }

/** Who takes them up. It may get one again, and throws to get it again later. */
export type CalendarPartReceiver = (part: ArrivedCalendarPart) => Promise<void>

const patienceMs = 30_000
/** What an invitation needs; the largest that calendars take. */
const maxBytes = 256 * 1024

/**
 * Hands invitations and answers to them to whoever keeps calendars. Not those that lie in Junk, and none from a sender
 * that the account's own server found forged: they change calendars without their owner's looking at them.
 */
export function createCalendarPartArrivals(deps: {
  source: Pick<MessageSource, 'fetch'>
  trustedAuthservIds: readonly string[]
  /** Undefined where there are no calendars. */
  receive: CalendarPartReceiver | undefined
}): ArrivalConsumer {
  const { source, receive, trustedAuthservIds } = deps

  async function contentOf(arrival: Arrival): Promise<string | undefined> {
    const part = arrival.parts.find(({ type, size }) => type === 'text/calendar' && size <= maxBytes)
    if (!part) return undefined
    const wanted = { parts: [part], headers: ['received', 'authentication-results'] }
    const message = { id: arrival.message_id, mail_account_id: arrival.mail_account_id }
    const signal = AbortSignal.timeout(patienceMs)
    const fetched = await source.fetch(arrival.ownerId, message, { ...wanted, signal }).catch(unlessGone)
    const bytes = fetched?.texts.get(part.part)
    if (!bytes) return undefined
    const fields = headerFields((fetched?.header ?? Buffer.alloc(0)).toString('latin1'))
    const isForged = authenticationOf(fields, arrival.from_email, trustedAuthservIds)?.verdict === 'fail'
    return isForged ? undefined : decodeText(bytes, part)
  }

  return {
    name: calendarPartConsumer,
    async consider(arrival) {
      if (!receive || arrival.folder_role === 'junk' || arrival.folder_role === 'trash') return undefined
      const content = await contentOf(arrival)
      // The calendars lie at another server: what is done there twice is done once.
      if (content !== undefined) await receive({ ownerId: arrival.ownerId, from: arrival.from_email, content })
      return undefined
    },
  }
}

/** Whoever moved it away meanwhile has read it. */
function unlessGone(error: unknown): undefined {
  if (!(error instanceof AppError && error.code === 'mail.message_gone')) throw error
}
