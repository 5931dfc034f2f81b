import { sql } from 'kysely'
import type { Tx } from '#platform/database/database.ts'

export const screenStore = {
  /** Which of these senders are blocked, and which of these threads muted: nothing for almost everybody. */
  async find(
    tx: Tx,
    ownerId: string,
    { senders, threadIds }: { senders: readonly string[]; threadIds: readonly string[] },
  ): Promise<{ blocked: Set<string>; muted: Set<string> }> {
    const { rows } = await sql<{ sender: string | null; thread_id: string | null }>`
      select sender, null::uuid as thread_id from mail_blocked_sender
      where owner_id = ${ownerId} and sender = any(${senders}::text[])
      union all
      select null, thread_id from mail_muted_thread
      where owner_id = ${ownerId} and thread_id = any(${threadIds}::uuid[])`.execute(tx)
    return {
      blocked: new Set(rows.flatMap((row) => row.sender ?? [])),
      muted: new Set(rows.flatMap((row) => row.thread_id ?? [])),
    }
  },

  /** A muted thread that became part of another one mutes that. */
  async followMerges(
    tx: Tx,
    ownerId: string,
    merges: readonly { thread_id: string; merged_thread_ids: readonly string[] }[],
  ): Promise<void> {
    const pairs = merges.flatMap(({ thread_id, merged_thread_ids }) =>
      merged_thread_ids.map((merged) => ({ thread_id, merged })),
    )
    if (pairs.length === 0) return
    await sql`
      with gone as (
        delete from mail_muted_thread as muted
        using jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) as pair (thread_id uuid, merged uuid)
        where muted.owner_id = ${ownerId} and muted.thread_id = pair.merged
        returning pair.thread_id
      )
      insert into mail_muted_thread (owner_id, thread_id) select distinct ${ownerId}::uuid, thread_id from gone
      on conflict do nothing`.execute(tx)
  },
}
