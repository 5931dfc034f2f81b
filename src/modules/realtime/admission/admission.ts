import type { Authenticate } from '#platform/auth/authentication.ts'
import { isAllowed } from '#platform/auth/permissions.ts'
import { AppError } from '#platform/errors.ts'
import type { WireEvent } from '../wire-event.ts'
import type { Tickets } from './tickets.ts'

/** For whom a connection is, what they may hear of, and what it ends with. */
export type Holder = {
  ownerId: string
  /** The session or personal token; null for an access token. */
  credentialId: string | null
  expiresAt: Date
  mayRead(event: WireEvent): boolean
}

export type Admission = ReturnType<typeof createAdmission>

/**
 * Lets in who has a token, a session or a ticket.
 * @returns a function that throws what `Authenticate` does, `auth.forbidden`, and `auth.invalid_token` for a ticket.
 */
export function createAdmission({ tickets, authenticate }: { tickets: Tickets; authenticate: Authenticate }) {
  return async (request: Parameters<Authenticate>[0], ticket: string | undefined): Promise<Holder> => {
    if (ticket !== undefined) {
      const { permissions, ...holder } = await tickets.redeem(ticket)
      return { ...holder, mayRead: readerWith(permissions) }
    }
    const { personId, credentialId, expiresAt, permissions } = await authenticate(request)
    if (!isAllowed(permissions, 'realtime:read')) {
      throw new AppError(
        'forbidden',
        'auth.forbidden',
        'You lack the permission realtime:read; ask your administrator for it.',
      )
    }
    return { ownerId: personId, credentialId, expiresAt, mayRead: readerWith(permissions) }
  }
}

/** Events of a module are for those who may read the module. */
const readerWith = (permissions: ReadonlySet<string>) => (event: WireEvent) => permissions.has(event.permission)
