import type { OwnAddresses as MailAddresses } from '#modules/mail/index.ts'
import type { Actor } from '#platform/auth/actor.ts'
import type { Database, Queryable } from '#platform/database/database.ts'
import { personStore } from './person-store.ts'

export type Person = Pick<Actor, 'personId' | 'email'>

export type OwnAddresses = ReturnType<typeof createOwnAddresses>

/**
 * Under which addresses somebody is invited: the one by which they are known here, and those of their mail accounts.
 * Anybody may name any address in an account: one by which somebody else is known here is never theirs.
 */
export function createOwnAddresses({
  database,
  mail,
}: {
  database: Database
  mail: () => Pick<MailAddresses, 'addressesOf'>
}) {
  async function addressesOf(db: Queryable, { personId, email }: Person): Promise<readonly string[]> {
    const first = email === null ? [] : [email.toLowerCase()]
    const others = [...(await mail().addressesOf(db, personId))].filter((one) => !first.includes(one))
    const taken = await personStore.known(db, others)
    return [...first, ...others.filter((one) => !taken.has(one))]
  }

  return {
    /** In lower case, the one by which they are known first. */
    of: (person: Person): Promise<readonly string[]> => addressesOf(database, person),

    async ofOwner(db: Queryable, ownerId: string): Promise<readonly string[]> {
      return addressesOf(db, { personId: ownerId, email: (await personStore.emailOf(db, ownerId)) ?? null })
    },
  }
}

export const isAmong = (addresses: readonly string[], email: string): boolean => addresses.includes(email.toLowerCase())
