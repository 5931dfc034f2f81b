import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { usedBlobBytes } from '../uploads/blob-store.ts'

export type MailUsage = {
  owner_id: string
  mail_accounts: number
  mail_accounts_in_trouble: number
  mail_messages: number
  mail_bytes: number
  upload_bytes: number
}

/** All that a person has in mail, for those who administer people. */
export const personMailStore = {
  /** Takes the person's accounts away from the nodes that sync them. @returns their ids. */
  async fence(tx: Tx, ownerId: string): Promise<string[]> {
    const { rows } = await sql<{ mail_account_id: string }>`
      update mail_lease set epoch = epoch + 1, node_id = null, expires_at = '-infinity'
      where owner_id = ${ownerId} returning mail_account_id`.execute(tx)
    return rows.map((row) => row.mail_account_id)
  },

  /** Of the messages of all connected accounts, by their sizes on their servers. */
  async bytes(db: Queryable, ownerId: string): Promise<number> {
    const { rows } = await sql<{ bytes: number }>`
      select coalesce(sum(size_bytes), 0)::bigint as bytes from mail_message where owner_id = ${ownerId}`.execute(db)
    return rows[0]?.bytes ?? 0
  },

  async usage(db: Queryable, ownerIds: readonly string[]): Promise<MailUsage[]> {
    const { rows } = await sql<MailUsage>`
      select owner.id as owner_id,
        (select count(*) from mail_account where owner_id = owner.id) as mail_accounts,
        (select count(*) from mail_account where owner_id = owner.id and state in ('error', 'needs_reauthentication'))
          as mail_accounts_in_trouble,
        (select count(*) from mail_message where owner_id = owner.id) as mail_messages,
        (select coalesce(sum(size_bytes), 0)::bigint from mail_message where owner_id = owner.id) as mail_bytes,
        (${usedBlobBytes(sql`owner.id`)}) as upload_bytes
      from unnest(${[...ownerIds]}::uuid[]) as owner (id)`.execute(db)
    return rows
  },
}
