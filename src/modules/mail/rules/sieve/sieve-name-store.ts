import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'
import type { SieveNames } from './sieve-actions.ts'

/** What scripts name, of one mail account. Undefined when it is not the owner's. */
export async function findSieveNames(
  db: Queryable,
  ownerId: string,
  mailAccountId: string,
): Promise<SieveNames | undefined> {
  const account = await sql`
    select from mail_account where owner_id = ${ownerId} and id = ${mailAccountId}`.execute(db)
  if (account.rows.length === 0) return undefined
  const { rows: folders } = await sql<SieveNames['folders'][number]>`
    select id, coalesce(shown_path, path) as path, delimiter, role from mail_folder
    where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and not is_deleted order by path`.execute(db)
  const { rows: labels } = await sql<SieveNames['labels'][number]>`
    select id, name, keyword from mail_label where owner_id = ${ownerId} order by id`.execute(db)
  const { rows: targets } = await sql<SieveNames['targets'][number]>`
    select id, email from mail_forward_target
    where owner_id = ${ownerId} and verified_at is not null order by id`.execute(db)
  return { folders, labels, targets }
}
