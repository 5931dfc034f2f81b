import { sql } from 'kysely'
import type { Database, Tx } from '#platform/database/database.ts'
import type { Json } from '#platform/database/generated.ts'

/** The keys are the installation's, not a person's. */
const installation = '00000000-0000-0000-0000-000000000000'

export type SigningKeyRow = { id: string; public_jwk: Json; private_jwk: string; isSigning: boolean }

export const signingKeyStore = {
  /** The key that signs first, then those that are published beside it. */
  list: (db: Database): Promise<SigningKeyRow[]> =>
    db
      .selectFrom('nextcloud_signing_key')
      .select(['id', 'public_jwk', 'private_jwk', sql<boolean>`signs_from <= now()`.as('isSigning')])
      .where('owner_id', '=', installation)
      .orderBy(sql`signs_from <= now()`, 'desc')
      .orderBy('signs_from', 'desc')
      .execute(),

  /** One node at a time looks after the keys, until the end of its transaction. */
  async lock(tx: Tx): Promise<void> {
    await sql`select pg_advisory_xact_lock(hashtext('nextcloud_signing_key'))`.execute(tx)
  },

  async hasYoungerThan(tx: Tx, seconds: number): Promise<boolean> {
    const row = await tx
      .selectFrom('nextcloud_signing_key')
      .select('id')
      .where('owner_id', '=', installation)
      .where('created_at', '>', sql<Date>`now() - ${seconds} * interval '1 second'`)
      .executeTakeFirst()
    return row !== undefined
  },

  async insert(
    tx: Tx,
    key: { id: string; publicJwk: object; privateJwk: string; signsInSeconds: number },
  ): Promise<void> {
    await tx
      .insertInto('nextcloud_signing_key')
      .values({
        ...{ owner_id: installation, id: key.id, private_jwk: key.privateJwk },
        public_jwk: JSON.stringify(key.publicJwk),
        signs_from: sql`now() + ${key.signsInSeconds} * interval '1 second'`,
      })
      .execute()
  },

  /** Those in whose place another has signed for that long. */
  async removeSuperseded(tx: Tx, seconds: number): Promise<void> {
    await sql`
      delete from nextcloud_signing_key as old
      where owner_id = ${installation} and exists (
        select 1 from nextcloud_signing_key as newer
        where newer.owner_id = old.owner_id and newer.signs_from > old.signs_from
          and newer.signs_from < now() - ${seconds} * interval '1 second'
      )`.execute(tx)
  },
}

/** Where what the key ring sealed is kept. */
export const sealedSigningKeys = {
  table: 'nextcloud_signing_key',
  column: 'private_jwk',
  bindingOf: (id: string) => `${id}:nextcloud-key`,
}
