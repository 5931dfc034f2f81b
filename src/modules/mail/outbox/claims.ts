import type { Database } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type Claim, transmissionStore } from './transmission-store.ts'

/** Another process has taken over: this one must not go on. */
export class ClaimLost extends Error {
  constructor() {
    super('The claim on this message was lost.')
    this.name = 'ClaimLost'
  }
}

export type ClaimDeps = { database: Database; log: Logger; claimSeconds: number }

export type Claims = ReturnType<typeof holdClaims>

/** The claims of one piece of work, renewed until it lets go of them, so that they lapse only with this process. */
export function holdClaims({ database, log, claimSeconds }: ClaimDeps, ownerId: string) {
  const held = new Map<string, Claim>()
  const renew = () => {
    if (held.size === 0) return
    transmissionStore
      .renew(database, ownerId, [...held.values()], claimSeconds)
      .catch((error) => log.warn({ err: error }, 'claims could not be renewed'))
  }
  const timer = setInterval(renew, (claimSeconds * 1000) / 3)
  return {
    /** An id for what is about to be claimed. */
    newClaimId: newId,
    hold: (claim: Claim): void => void held.set(claim.id, claim),
    letGo: ({ id }: Claim): void => void held.delete(id),
    stop: (): void => clearInterval(timer),
  }
}
