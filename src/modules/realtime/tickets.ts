import { randomBytes } from 'node:crypto'
import type { Cache } from '#platform/cache/cache.ts'
import { AppError } from '#platform/errors.ts'

export const ticketSeconds = 30

export type TicketHolder = { ownerId: string; expiresAt: string }

/** Single-use tickets for clients that cannot send a header, such as a browser's WebSocket. */
export function createTickets(cache: Cache) {
  return {
    /** The token's own end travels with the ticket: the socket does not outlive it. */
    async issue(holder: TicketHolder): Promise<string> {
      const ticket = randomBytes(24).toString('base64url')
      await cache.set(`ticket:${ticket}`, JSON.stringify(holder), ticketSeconds)
      return ticket
    },
    /** @throws AppError `auth.invalid_token` for a ticket that is unknown, used or older than thirty seconds. */
    async redeem(ticket: string): Promise<TicketHolder> {
      const holder = await cache.take(`ticket:${ticket}`)
      if (holder) return JSON.parse(holder)
      throw new AppError('unauthenticated', 'auth.invalid_token', 'The ticket is used or too old; ask for a new one.')
    },
  }
}

export type Tickets = ReturnType<typeof createTickets>
