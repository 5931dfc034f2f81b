import { createHash, randomBytes } from 'node:crypto'
import { AppError } from '#platform/errors.ts'
import type { TicketStore } from './ticket-store.ts'

export const ticketSeconds = 30

/** Whoever holds a ticket: what of them the connection needs, and what it ends with. `expiresAt` is that of their token. */
export type TicketHolder = {
  ownerId: string
  credentialId: string | null
  expiresAt: Date
  permissions: ReadonlySet<string>
}

/**
 * Single-use tickets for clients that cannot send a header, such as a browser's WebSocket. They lie in the database: a
 * lost cache keeps nobody out. A ticket is the owner's id and 24 random bytes, of which only a hash is kept.
 */
export function createTickets(store: TicketStore) {
  return {
    async issue({ ownerId, credentialId, expiresAt, permissions }: TicketHolder): Promise<string> {
      const ticket = Buffer.concat([Buffer.from(ownerId.replaceAll('-', ''), 'hex'), randomBytes(24)])
      await store.insert(ownerId, hashOf(ticket), {
        ...{ credentialId, tokenExpiresAt: expiresAt, lifetimeSeconds: ticketSeconds },
        permissions: [...permissions].filter((permission) => permission.endsWith(':read')),
      })
      return ticket.toString('base64url')
    },
    /** @throws AppError `auth.invalid_token` for a ticket that is unknown, used or older than thirty seconds. */
    async redeem(text: string): Promise<TicketHolder> {
      const ticket = Buffer.from(text, 'base64url')
      const ownerId = ownerOf(ticket)
      const found = ownerId === undefined ? undefined : await store.take(ownerId, hashOf(ticket))
      if (ownerId !== undefined && found) {
        const { credentialId, tokenExpiresAt, permissions } = found
        return { ownerId, credentialId, expiresAt: tokenExpiresAt, permissions: new Set(permissions) }
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
