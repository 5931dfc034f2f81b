import type { Queryable } from '#platform/database/database.ts'
import type { Mailbox } from '../outbox/compose.ts'
import { identityStore } from './identity-store.ts'

/** Under which addresses an owner writes and is written to; for modules that speak in their name. */
export type OwnAddresses = {
  /**
   * As whom, and from which account, an owner writes under an address: from the account that has it, else from any;
   * undefined for somebody without an account.
   */
  senderOf(db: Queryable, ownerId: string, email: string): Promise<{ mailAccountId: string; from: Mailbox } | undefined>
  /** Those of their accounts and identities, in lower case. Nobody has proved that they are theirs alone. */
  addressesOf(db: Queryable, ownerId: string): Promise<ReadonlySet<string>>
}

export const createOwnAddresses = (): OwnAddresses => ({
  async senderOf(db, ownerId, email) {
    const identity = await identityStore.forAddress(db, ownerId, email)
    return identity && { mailAccountId: identity.mail_account_id, from: { name: identity.name, email: identity.email } }
  },
  addressesOf: identityStore.addresses,
})
