import { sql } from 'kysely'
import type { Database, Queryable, Tx } from '#platform/database/database.ts'

export type Lease = { ownerId: string; mailAccountId: string; nodeId: string; epoch: number }

type LeaseRow = { owner_id: string; mail_account_id: string; epoch: number }

export const leaseStore = {
  /** Makes the lease rows of new accounts. */
  ensure: (db: Queryable) =>
    sql`insert into mail_lease (owner_id, mail_account_id)
      select owner_id, id from mail_account as account
      where not exists (
        select from mail_lease where owner_id = account.owner_id and mail_account_id = account.id)
      on conflict do nothing`.execute(db),

  /**
   * Takes up to `limit` free leases, those of the longest unsynced accounts first. The epoch grows, which locks the
   * former holder out; a lease that a commit is just checking is skipped.
   */
  async claim(db: Database, nodeId: string, options: { seconds: number; limit: number }): Promise<Lease[]> {
    const { rows } = await sql<LeaseRow>`
      update mail_lease as lease
      set node_id = ${nodeId}, epoch = lease.epoch + 1,
        expires_at = clock_timestamp() + make_interval(secs => ${options.seconds})
      from (
        select free.owner_id, free.mail_account_id
        from mail_lease as free
        join mail_account as account on account.owner_id = free.owner_id and account.id = free.mail_account_id
        where free.expires_at <= clock_timestamp()
          and account.state not in ('needs_reauthentication', 'paused')
          and (account.throttled_until is null or account.throttled_until <= now())
        order by account.last_synced_at nulls first, account.created_at
        limit ${options.limit}
        for update of free skip locked
      ) as free
      where lease.owner_id = free.owner_id and lease.mail_account_id = free.mail_account_id
      returning lease.owner_id, lease.mail_account_id, lease.epoch`.execute(db)
    return rows.map((row) => ({
      ownerId: row.owner_id,
      mailAccountId: row.mail_account_id,
      nodeId,
      epoch: row.epoch,
    }))
  },

  /** False when the lease belongs to a later epoch or its account is gone. A lapsed lease that nobody took goes on. */
  async renew(db: Database, lease: Lease, seconds: number): Promise<boolean> {
    const result = await sql`
      update mail_lease set expires_at = clock_timestamp() + make_interval(secs => ${seconds})
      where owner_id = ${lease.ownerId} and mail_account_id = ${lease.mailAccountId}
        and node_id = ${lease.nodeId} and epoch = ${lease.epoch}`.execute(db)
    return result.numAffectedRows === 1n
  },

  /** Hands the lease back, so that another node may take it at once. */
  release: (db: Database, lease: Lease) =>
    sql`update mail_lease set expires_at = '-infinity', node_id = null
      where owner_id = ${lease.ownerId} and mail_account_id = ${lease.mailAccountId}
        and node_id = ${lease.nodeId} and epoch = ${lease.epoch}`.execute(db),

  /**
   * Locks the lease until the end of the transaction: no other node can claim it before this commit is done, but it can
   * be renewed (`key share`: a claim locks the row for update). A transaction of a process that stopped in its middle
   * is ended by the server after the time of a lease.
   */
  async hold(tx: Tx, lease: Lease, seconds: number): Promise<boolean> {
    const { rows } = await sql`
      select set_config('idle_in_transaction_session_timeout', ${String(seconds * 1000)}, true) from mail_lease
      where owner_id = ${lease.ownerId} and mail_account_id = ${lease.mailAccountId}
        and node_id = ${lease.nodeId} and epoch = ${lease.epoch} and expires_at > clock_timestamp()
      for key share`.execute(tx)
    return rows.length === 1
  },
}
