import type { Database } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type Claim, type OutboxRef, transmissionStore } from './transmission-store.ts'

/** Another process has taken over: this one must not go on. */
export class ClaimLost extends Error {
  constructor() {
    super('The claim on this message was lost.')
    this.name = 'ClaimLost'
  }
}

export const newClaim = ({ ownerId, id }: OutboxRef): Claim => ({ ownerId, id, claimId: newId() })

/** Renews `claim` while `work` runs, so that it lapses only with this process. */
export async function keepingClaim<T>(
  { database, log, claimSeconds }: { database: Database; log: Logger; claimSeconds: number },
  claim: Claim,
  work: () => Promise<T>,
): Promise<T> {
  const renew = () =>
    transmissionStore
      .renew(database, claim, claimSeconds)
      .catch((error) => log.warn({ outbox_id: claim.id, err: error }, 'a claim could not be renewed'))
  const timer = setInterval(renew, (claimSeconds * 1000) / 3)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}
