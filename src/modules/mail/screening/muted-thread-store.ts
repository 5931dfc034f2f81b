import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'

export const mutedThreadStore = {
  async hasThread(db: Queryable, ownerId: string, threadId: string): Promise<boolean> {
    const { rows } = await sql`
      select from mail_message where owner_id = ${ownerId} and thread_id = ${threadId}
      union all
      select from mail_message where owner_id = ${ownerId} and id = ${threadId} and thread_id is null
      limit 1`.execute(db)
    return rows.length > 0
  },

  /** False when it is muted already. */
  async insert(tx: Tx, ownerId: string, threadId: string): Promise<boolean> {
    const result = await sql`
      insert into mail_muted_thread (owner_id, thread_id) values (${ownerId}, ${threadId})
      on conflict do nothing`.execute(tx)
    return result.numAffectedRows === 1n
  },

  async delete(tx: Tx, ownerId: string, threadId: string): Promise<boolean> {
    const result = await sql`
      delete from mail_muted_thread where owner_id = ${ownerId} and thread_id = ${threadId}`.execute(tx)
    return result.numAffectedRows === 1n
  },

  async list(
    db: Queryable,
    ownerId: string,
    { after, limit }: { after: string | undefined; limit: number },
  ): Promise<{ thread_id: string; created_at: Date }[]> {
    const isAfter = after === undefined ? sql`` : sql`and thread_id > ${after}`
    const { rows } = await sql<{ thread_id: string; created_at: Date }>`
      select thread_id, created_at from mail_muted_thread as muted
      where owner_id = ${ownerId} ${isAfter} and exists (
        select from mail_message where owner_id = ${ownerId} and thread_id = muted.thread_id
        union all
        select from mail_message where owner_id = ${ownerId} and id = muted.thread_id and thread_id is null)
      order by thread_id limit ${limit}`.execute(db)
    return rows
  },
}
