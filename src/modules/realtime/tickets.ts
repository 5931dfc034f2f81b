import { createHash, randomBytes } from 'node:crypto'
import { AppError } from '#platform/errors.ts'
import type { TicketStore } from './ticket-store.ts'

export const ticketSeconds = 30

/** `credentialId`: the session or personal token of the holder, with which the socket ends; null for an access token. */
export type TicketHolder = { ownerId: string; credentialId: string | null; expiresAt: Date }

/**
 * Single-use tickets for clients that cannot send a header, such as a browser's WebSocket. They lie in the database: a
 * lost cache keeps nobody out. A ticket is the owner's id and 24 random bytes, of which only a hash is kept.
 */
export function createTickets(store: TicketStore) {
  return {
    /** `expiresAt` is the token's own end: a socket does not outlive it. */
    async issue({ ownerId, credentialId, expiresAt }: TicketHolder): Promise<string> {
      const ticket = Buffer.concat([Buffer.from(ownerId.replaceAll('-', ''), 'hex'), randomBytes(24)])
      await store.insert(ownerId, hashOf(ticket), {
        tokenExpiresAt: expiresAt,
        credentialId,
        lifetimeSeconds: ticketSeconds,
      })
      return ticket.toString('base64url')
    },
    /** @throws AppError `auth.invalid_token` for a ticket that is unknown, used or older than thirty seconds. */
    async redeem(text: string): Promise<TicketHolder> {
      const ticket = Buffer.from(text, 'base64url')
      const ownerId = ownerOf(ticket)
      const found = ownerId === undefined ? undefined : await store.take(ownerId, hashOf(ticket))
      if (ownerId !== undefined && found) {
        return { ownerId, credentialId: found.credentialId, expiresAt: found.tokenExpiresAt }
      }
      throw new AppError('unauthenticated', 'auth.invalid_token', 'The ticket is used or too old; ask for a new one.')
    },
  }
}

export type Tickets = ReturnType<typeof createTickets>

const hashOf = (ticket: Buffer): Buffer => createHash('sha256').update(ticket).digest()

function ownerOf(ticket: Buffer): string | undefined {
  if (ticket.length !== 40) return undefined
  return ticket.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
