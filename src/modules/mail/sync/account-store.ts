import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'

export type AccountState = 'connecting' | 'syncing' | 'synced' | 'paused' | 'error' | 'needs_reauthentication'
export type AccountFault = { code: string; message: string }
export type Progress = { done: number; total: number }

export const accountStore = {
  /** True when this is news: another state or another reason. */
  async setState(tx: Tx, ownerId: string, id: string, state: AccountState, fault?: AccountFault): Promise<boolean> {
    const result = await sql`
      update mail_account set state = ${state}, error_code = ${fault?.code ?? null},
        error_message = ${fault?.message ?? null}, updated_at = now()
      where owner_id = ${ownerId} and id = ${id}
        and (state, error_code, error_message) is distinct from
          (${state}, ${fault?.code ?? null}::text, ${fault?.message ?? null}::text)`.execute(tx)
    return result.numAffectedRows === 1n
  },

  /** For an account that is not in step yet or no more; true when this is news. */
  async setSyncing(tx: Tx, ownerId: string, id: string): Promise<boolean> {
    const result = await sql`
      update mail_account set state = 'syncing', error_code = null, error_message = null, updated_at = now()
      where owner_id = ${ownerId} and id = ${id} and state in ('connecting', 'error')`.execute(tx)
    return result.numAffectedRows === 1n
  },

  /** Whether the server's folders are labels: what owners do to their messages depends on it. */
  setLabelled: (tx: Tx, ownerId: string, id: string, isLabelled: boolean) =>
    sql`update mail_account set folders_are_labels = ${isLabelled}
      where owner_id = ${ownerId} and id = ${id} and folders_are_labels <> ${isLabelled}`.execute(tx),

  /** The server asked to be left alone; kept, so that another node does so too. */
  setThrottled: (tx: Tx, ownerId: string, id: string, seconds: number) =>
    sql`update mail_account set throttled_until = now() + make_interval(secs => ${seconds})
      where owner_id = ${ownerId} and id = ${id}`.execute(tx),

  setSynced: (tx: Tx, ownerId: string, id: string) =>
    sql`update mail_account set last_synced_at = now(), throttled_until = null
      where owner_id = ${ownerId} and id = ${id}`.execute(tx),

  setProgress: (tx: Tx, ownerId: string, id: string, progress: Progress) =>
    sql`update mail_account set backfill_done = ${progress.done}, backfill_total = ${progress.total}
      where owner_id = ${ownerId} and id = ${id}`.execute(tx),

  /**
   * Seconds until the server may be asked again; 0 when it may be now. Undefined when the account is gone, paused, or
   * waits for its owner to sign in.
   */
  async throttledFor(db: Queryable, ownerId: string, id: string): Promise<number | undefined> {
    const { rows } = await sql<{ seconds: number }>`
      select greatest(0, coalesce(extract(epoch from throttled_until - now()), 0))::float8 as seconds
      from mail_account where owner_id = ${ownerId} and id = ${id} and state not in ('paused', 'needs_reauthentication')`.execute(
      db,
    )
    return rows[0]?.seconds
  },
}
