import { sql } from 'kysely'
import type { Database, Queryable } from '#platform/database/database.ts'

export type NextcloudAccountRow = {
  uid: string | null
  appPassword: string | null
  isProvisioned: boolean | null
  isToldOtherwise: boolean | null
  subject: string
  username: string | null
  email: string | null
  displayName: string | null
}

export type Told = { email: string | null; displayName: string | null }

const displayName = sql<string | null>`coalesce(principal.chosen_name, principal.display_name)`

export const accountStore = {
  /** The person with their account; its members are null while there is none. */
  find: (db: Database, ownerId: string): Promise<NextcloudAccountRow | undefined> =>
    db
      .selectFrom('principal')
      .leftJoin('nextcloud_account as account', 'account.owner_id', 'principal.id')
      .select([
        'account.uid',
        'account.app_password as appPassword',
        sql<boolean | null>`account.provisioned_at is not null`.as('isProvisioned'),
        sql<
          boolean | null
        >`(account.told_email, account.told_name) is distinct from (principal.email, ${displayName})`.as(
          'isToldOtherwise',
        ),
        'principal.subject',
        'principal.username',
        'principal.email',
        displayName.as('displayName'),
      ])
      .where('principal.id', '=', ownerId)
      .executeTakeFirst(),

  /** Fixes the name of the owner's account, unless it has one or the name is another's; the index decides. */
  async claim(db: Queryable, ownerId: string, uid: string): Promise<void> {
    await db
      .insertInto('nextcloud_account')
      .values({ owner_id: ownerId, uid })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  },

  uidOf: (db: Queryable, ownerId: string): Promise<{ uid: string } | undefined> =>
    db.selectFrom('nextcloud_account').select('uid').where('owner_id', '=', ownerId).executeTakeFirst(),

  /** Whoever is known to Nextcloud, in the order of their ids. */
  async owners(db: Queryable, { after, limit }: { after: string | undefined; limit: number }): Promise<string[]> {
    const page = db
      .selectFrom('nextcloud_account')
      .select('owner_id')
      .where((is) => is.or([is('provisioned_at', 'is not', null), is('app_password', 'is not', null)]))
      .orderBy('owner_id')
      .limit(limit)
    const rows = await (after === undefined ? page : page.where('owner_id', '>', after)).execute()
    return rows.map(({ owner_id }) => owner_id)
  },

  async markProvisioned(db: Queryable, ownerId: string, told: Told): Promise<void> {
    await db
      .updateTable('nextcloud_account')
      .set({
        provisioned_at: sql`coalesce(provisioned_at, now())`,
        told_email: told.email,
        told_name: told.displayName,
      })
      .where('owner_id', '=', ownerId)
      .execute()
  },

  /** A name of which Nextcloud was never told. */
  async unclaim(db: Queryable, ownerId: string): Promise<void> {
    await db
      .deleteFrom('nextcloud_account')
      .where('owner_id', '=', ownerId)
      .where('provisioned_at', 'is', null)
      .where('app_password', 'is', null)
      .execute()
  },

  async setAppPassword(db: Queryable, ownerId: string, sealed: string | null): Promise<void> {
    await db.updateTable('nextcloud_account').set({ app_password: sealed }).where('owner_id', '=', ownerId).execute()
  },
}

/** Where what the key ring sealed is kept. */
export const sealedAppPasswords = {
  table: 'nextcloud_account',
  column: 'app_password',
  idColumn: 'owner_id',
  bindingOf: (ownerId: string) => `${ownerId}:nextcloud`,
}
