import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Tx } from '#platform/database/database.ts'
import { createAccountHandover } from './account-handover.ts'
import { grantRoutes } from './grant-routes.ts'
import { createGrants } from './grants.ts'
import { createLending } from './lending.ts'
import { createMailboxAccess } from './mailbox-access.ts'
import { enterMailboxes } from './mailbox-entry-routes.ts'
import { mailboxStore } from './mailbox-store.ts'
import { createMoves, type MoveDeps } from './moves.ts'
import { sharedMailboxRoutes } from './shared-mailbox-routes.ts'
import { createSharedMailboxes, type SharedMailboxDeps } from './shared-mailboxes.ts'

/** Mail accounts that several people use. */
export function createMailboxes(deps: Omit<SharedMailboxDeps, 'grants' | 'forget'> & MoveDeps) {
  const access = createMailboxAccess(deps)
  const grants = createGrants({ ...deps, forget: access.forget })
  const shared = createSharedMailboxes({ ...deps, grants, forget: access.forget })
  const moves = createMoves(deps)
  const lending = createLending({ ...deps, grants, moves, forget: access.forget })
  return {
    access,
    plugins: [grantRoutes(lending)],
    /** Of somebody who leaves. */
    handOver: createAccountHandover({ ...deps, grants, moves, forget: access.forget }),
    handlers: [moves.handler],
    sweeps: [moves.sweep],
    /** The end of a mailbox whose account is deleted; the last thing but events in a transaction. */
    async end(tx: Tx, ownerId: string): Promise<void> {
      if (!(await mailboxStore.isMailbox(tx, ownerId))) return
      await mailboxStore.close(tx, ownerId)
      await deps.eraseOwner(tx, ownerId, ownerId)
    },
    adminRoutes: sharedMailboxRoutes(shared, grants),
    /** Every route of a plugin may be about a mailbox in which its actor has a role. */
    inMailboxes: (plugin: FastifyPluginAsyncTypebox) => enterMailboxes(access, plugin),
  }
}
