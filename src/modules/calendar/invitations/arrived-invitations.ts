import type { CalendarPartReceiver, OwnAddresses } from '#modules/mail/index.ts'
import type { Database } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { Logger } from '#platform/observability/log.ts'
import { personStore } from '../calendars/person-store.ts'
import type { Invitations } from './invitations.ts'

/**
 * Takes up what arrives by mail as if its owner had handed it in, if it is from whom it speaks for: the organizer
 * invites and cancels, an attendee answers (RFC 6047 §3). Anything else is left for its owner to decide, and all that comes
 * to a mailbox of several people, who have no calendar together; one that somebody lent to others is still their own.
 */
export function createArrivedInvitations(deps: {
  database: Database
  invitations: Pick<Invitations, 'receive'>
  mail: () => Pick<OwnAddresses, 'lenderOf'>
  log: Logger
}): CalendarPartReceiver {
  const { database, invitations, log } = deps
  return async ({ ownerId, from, content }) => {
    const lenderId = await deps.mail().lenderOf(database, ownerId)
    const person = await personStore.find(database, lenderId ?? ownerId)
    if (!person) return
    try {
      await invitations.receive(person, content, { from })
    } catch (error) {
      if (!(error instanceof AppError) || !finalKinds.has(error.kind)) throw error
      log.debug({ ownerId, code: error.code }, 'a calendar part that arrived asks for nothing here')
    }
  }
}

/** Another time would change nothing about these. */
const finalKinds = new Set(['unprocessable', 'forbidden', 'not_found'])
