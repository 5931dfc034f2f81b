import type { Queryable } from '#platform/database/database.ts'
import { mailboxStore } from '../mailboxes/mailbox-store.ts'
import type { Mailbox } from '../outbox/compose.ts'
import { identityStore } from './identity-store.ts'

/** Under which addresses an owner writes and is written to; for modules that speak in their name. */
export type OwnAddresses = {
  /**
   * As whom, and from which account, a person writes under an address: from the account that has it, else from any, those
   * that they lent to others among them; undefined for somebody without an account. `ownerId` is that of the account.
   */
  senderOf(
    db: Queryable,
    personId: string,
    email: string,
  ): Promise<{ ownerId: string; mailAccountId: string; from: Mailbox } | undefined>
  /** Those of their accounts and identities, also of lent ones, in lower case. Nobody proved that they are theirs alone. */
  addressesOf(db: Queryable, personId: string): Promise<ReadonlySet<string>>
  /** Who lent the account of a mailbox, and stays its owner; undefined for the organisation's. */
  lenderOf(db: Queryable, ownerId: string): Promise<string | undefined>
}

export const createOwnAddresses = (): OwnAddresses => ({
  async senderOf(db, personId, email) {
    const identity = await identityStore.forAddress(db, [personId, ...(await mailboxStore.lentBy(db, personId))], email)
    if (!identity) return undefined
    const { owner_id: ownerId, mail_account_id: mailAccountId, name, email: address } = identity
    return { ownerId, mailAccountId, from: { name, email: address } }
  },
  async addressesOf(db, personId) {
    const owners = [personId, ...(await mailboxStore.lentBy(db, personId))]
    const addresses = await Promise.all(owners.map((ownerId) => identityStore.addresses(db, ownerId)))
    return new Set(addresses.flatMap((some) => [...some]))
  },
  lenderOf: mailboxStore.lenderOf,
})
