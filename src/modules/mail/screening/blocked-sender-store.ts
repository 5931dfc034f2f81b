import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'

export type BlockedSender = { id: string; sender: string; created_at: Date }

const columns = sql`id, sender, created_at`

export const blockedSenderStore = {
  async list(
    db: Queryable,
    ownerId: string,
    { after, limit }: { after: string | undefined; limit: number },
  ): Promise<BlockedSender[]> {
    const isAfter = after === undefined ? sql`` : sql`and sender > ${after}`
    const { rows } = await sql<BlockedSender>`
      select ${columns} from mail_blocked_sender where owner_id = ${ownerId} ${isAfter}
      order by sender limit ${limit}`.execute(db)
    return rows
  },

  async count(db: Queryable, ownerId: string): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from mail_blocked_sender where owner_id = ${ownerId}`.execute(db)
    return rows[0]?.count ?? 0
  },

  /** Undefined when that sender is blocked already. */
  async insert(tx: Tx, ownerId: string, { id, sender }: { id: string; sender: string }) {
    const { rows } = await sql<BlockedSender>`
      insert into mail_blocked_sender (owner_id, id, sender) values (${ownerId}, ${id}, ${sender})
      on conflict (owner_id, sender) do nothing returning ${columns}`.execute(tx)
    return rows[0]
  },

  async find(db: Queryable, ownerId: string, sender: string): Promise<BlockedSender | undefined> {
    const { rows } = await sql<BlockedSender>`
      select ${columns} from mail_blocked_sender where owner_id = ${ownerId} and sender = ${sender}`.execute(db)
    return rows[0]
  },

  async delete(tx: Tx, ownerId: string, id: string): Promise<boolean> {
    const result = await sql`
      delete from mail_blocked_sender where owner_id = ${ownerId} and id = ${id}`.execute(tx)
    return result.numAffectedRows === 1n
  },

  /** Addresses of the owner's own mail accounts, in lower case. */
  async ownAddresses(db: Queryable, ownerId: string): Promise<string[]> {
    const { rows } = await sql<{ email: string }>`
      select lower(email) as email from mail_account where owner_id = ${ownerId}`.execute(db)
    return rows.map((row) => row.email)
  },
}
