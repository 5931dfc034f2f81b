import type { OwnAddresses as MailAddresses } from '#modules/mail/index.ts'
import type { Actor } from '#platform/auth/actor.ts'
import type { Database, Queryable } from '#platform/database/database.ts'
import { holderOf, type SeenCalendar } from './calendar-holder.ts'
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

  const ofOwner = async (db: Queryable, ownerId: string): Promise<readonly string[]> =>
    addressesOf(db, { personId: ownerId, email: (await personStore.emailOf(db, ownerId)) ?? null })

  return {
    /** In lower case, the one by which they are known first. */
    of: (person: Person): Promise<readonly string[]> => addressesOf(database, person),

    /** Of the person whose calendar it is; empty for somebody who is not known here. */
    async ofHolder(seen: SeenCalendar): Promise<readonly string[]> {
      const holder = await holderOf(database, seen)
      return holder ? ofOwner(database, holder.ownerId) : []
    },

    ofOwner,
  }
}

export const isAmong = (addresses: readonly string[], email: string): boolean => addresses.includes(email.toLowerCase())
