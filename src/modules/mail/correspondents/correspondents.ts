import type { Tx } from '#platform/database/database.ts'
import { correspondentStore } from './correspondent-store.ts'
import { registrableDomain } from './domains.ts'
import { skeletonOf } from './look-alikes.ts'

/** Remembers to whom an owner wrote, and to which domains: others that look like them are told from them. */
export async function recordWrittenTo(tx: Tx, ownerId: string, emails: readonly string[]): Promise<void> {
  const domains = new Set(emails.flatMap((email) => registrableDomain(email) ?? []))
  await correspondentStore.record(
    tx,
    ownerId,
    [...domains].map((domain) => ({ domain, skeleton: skeletonOf(domain) })),
  )
  await correspondentStore.recordAddresses(tx, ownerId, [...new Set(emails.map((email) => email.toLowerCase()))])
}
