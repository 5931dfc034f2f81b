import { sql } from 'kysely'
import type { Database, Queryable, Tx } from '#platform/database/database.ts'

export type Lease = { ownerId: string; mailAccountId: string; nodeId: string; epoch: number }

/** Between how many the longest unsynced is looked for. */
const candidatesForOne = 4
/** Longer than a lease is left to nodes with few accounts, and shorter than a renewed one lasts. */
const leftToOthersSeconds = 10
/** How many free leases are looked at for those to put off, and for how long they are. */
const putOff = { lookedAt: 1000, seconds: 600 }

type LeaseRow = { owner_id: string; mail_account_id: string; epoch: number }

// Leases are found by `statement_timestamp()`: an index is not asked by a time that is another for each row.
export const leaseStore = {
  /** Makes the lease rows of accounts that have none: new ones are made with theirs. Reads all accounts. */
  ensure: (db: Queryable) =>
    sql`insert into mail_lease (owner_id, mail_account_id)
      select owner_id, id from mail_account as account
      where not exists (
        select from mail_lease where owner_id = account.owner_id and mail_account_id = account.id)
      on conflict do nothing`.execute(db),

  /**
   * Takes up to `limit` free leases: of those that have been free for longest, a few times as many, those of the longest
   * unsynced accounts, so that a million that are free at once are never sorted for fifty. With `hasRoom` also those that
   * nodes with many have left to nodes with few. The epoch grows, which locks the former holder out; a lease that a commit
   * is just checking is skipped.
   */
  async claim(
    db: Database,
    nodeId: string,
    options: { seconds: number; limit: number; hasRoom?: boolean },
  ): Promise<Lease[]> {
    const { rows } = await sql<LeaseRow>`
      with free as (
        select free.owner_id, free.mail_account_id, account.last_synced_at, account.created_at
        from mail_lease as free
        -- One by one along the index, and no further than the limit: never all accounts at once.
        cross join lateral (
          select last_synced_at, created_at from mail_account
          where owner_id = free.owner_id and id = free.mail_account_id
            and state not in ('needs_reauthentication', 'paused') and coalesce(throttled_until <= now(), true)
          limit 1
        ) as account
        where free.expires_at <= statement_timestamp() + make_interval(secs => ${options.hasRoom ? leftToOthersSeconds : 0})
          and (free.expires_at <= statement_timestamp() or free.node_id is null)
          and not exists (select from principal where id = free.owner_id and suspended_at is not null offset 0)
        order by free.expires_at
        limit ${options.limit * candidatesForOne}
        for update of free skip locked
      ), first as (
        select owner_id, mail_account_id from free order by last_synced_at nulls first, created_at limit ${options.limit}
      )
      update mail_lease as lease
      set node_id = ${nodeId}, epoch = lease.epoch + 1,
        expires_at = clock_timestamp() + make_interval(secs => ${options.seconds})
      from first
      where lease.owner_id = first.owner_id and lease.mail_account_id = first.mail_account_id
      returning lease.owner_id, lease.mail_account_id, lease.epoch`.execute(db)
    return rows.map((row) => ({
      ownerId: row.owner_id,
      mailAccountId: row.mail_account_id,
      nodeId,
      epoch: row.epoch,
    }))
  },

  /**
   * Puts off the free leases of accounts that nobody may sync now, so that not every look passes over all of them again.
   * Whoever brings such an account back fences it, which frees its lease at once. Nothing is waited for.
   */
  putOff: (db: Database) =>
    sql`with head as materialized (
        select owner_id, mail_account_id from mail_lease where expires_at <= statement_timestamp()
        order by expires_at limit ${putOff.lookedAt}
      ), idle as (
        select lease.owner_id, lease.mail_account_id
        from head
        -- Locked, so that what is brought back just now is seen as that.
        cross join lateral (
          select from mail_account as account join principal as owner on owner.id = account.owner_id
          where account.owner_id = head.owner_id and account.id = head.mail_account_id
            and (account.state in ('needs_reauthentication', 'paused') or owner.suspended_at is not null)
          for share of account, owner skip locked
        ) as account
        join mail_lease as lease on lease.owner_id = head.owner_id and lease.mail_account_id = head.mail_account_id
        where lease.expires_at <= statement_timestamp()
        for update of lease skip locked
      )
      update mail_lease as lease
      set node_id = null, expires_at = clock_timestamp() + make_interval(secs => ${putOff.seconds})
      from idle where lease.owner_id = idle.owner_id and lease.mail_account_id = idle.mail_account_id`.execute(db),

  /**
   * Accounts whose leases go on, and those whose leases belong to a later epoch or whose account is gone. A lapsed lease
   * that nobody took goes on; one that somebody has locked, as who deletes its account, is in neither set.
   */
  async renew(
    db: Database,
    leases: readonly Lease[],
    seconds: number,
  ): Promise<{ renewed: Set<string>; lost: Set<string> }> {
    const { rows } = await sql<{ mail_account_id: string; is_ours: boolean; is_renewed: boolean }>`
      with held as (
        select * from ${held(leases)}
      ), free as (
        select lease.owner_id, lease.mail_account_id
        from mail_lease as lease join held using (owner_id, mail_account_id, node_id, epoch)
        for no key update of lease skip locked
      ), renewed as (
        update mail_lease as lease set expires_at = clock_timestamp() + make_interval(secs => ${seconds})
        from free where lease.owner_id = free.owner_id and lease.mail_account_id = free.mail_account_id
        returning lease.mail_account_id
      )
      select held.mail_account_id, lease.mail_account_id is not null as is_ours,
        held.mail_account_id in (select mail_account_id from renewed) as is_renewed
      from held left join mail_lease as lease using (owner_id, mail_account_id, node_id, epoch)`.execute(db)
    const accounts = (found: typeof rows) => new Set(found.map((row) => row.mail_account_id))
    return {
      renewed: accounts(rows.filter((row) => row.is_renewed)),
      lost: accounts(rows.filter((row) => !row.is_renewed && !row.is_ours)),
    }
  },

  /** Hands leases back, so that other nodes may take them at once; `forOthersSeconds` long only those with few. */
  release: (db: Database, leases: readonly Lease[], { forOthersSeconds = 0 } = {}) =>
    sql`update mail_lease as lease set node_id = null, expires_at = case when ${forOthersSeconds}::float8 > 0
        then clock_timestamp() + make_interval(secs => ${forOthersSeconds}) else '-infinity' end
      from ${held(leases)}
      where lease.owner_id = held.owner_id and lease.mail_account_id = held.mail_account_id
        and lease.node_id = held.node_id and lease.epoch = held.epoch`.execute(db),

  /**
   * Locks the lease until the end of the transaction: no other node can claim it before this commit is done, but it can
   * be renewed (`key share`: a claim locks the row for update). A transaction of a process that stopped in its middle
   * is ended by the server after the time of a lease.
   */
  async hold(tx: Tx, lease: Lease, options: { seconds: number; isRepeatable: boolean }): Promise<boolean> {
    const { rows } = await sql`
      select set_config('idle_in_transaction_session_timeout', ${String(options.seconds * 1000)}, true)
        ${options.isRepeatable ? sql`, set_config('synchronous_commit', 'off', true)` : sql``}
      from mail_lease
      where owner_id = ${lease.ownerId} and mail_account_id = ${lease.mailAccountId}
        and node_id = ${lease.nodeId} and epoch = ${lease.epoch} and expires_at > clock_timestamp()
      for key share`.execute(tx)
    return rows.length === 1
  },
}

const held = (leases: readonly Lease[]) => sql`unnest(${leases.map((one) => one.ownerId)}::uuid[],
  ${leases.map((one) => one.mailAccountId)}::uuid[], ${leases.map((one) => one.nodeId)}::uuid[],
  ${leases.map((one) => one.epoch)}::bigint[]) as held (owner_id, mail_account_id, node_id, epoch)`
