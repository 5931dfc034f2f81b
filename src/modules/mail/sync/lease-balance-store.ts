import { sql } from 'kysely'
import type { Database } from '#platform/database/database.ts'

/** Three heartbeats of a node. */
const aliveSeconds = 30
/** Time enough to get a first account. */
const youngSeconds = 120

export const leaseBalanceStore = {
  /**
   * Accounts that nodes hold, and how many nodes sync: those that hold some or have just begun. A node that died would
   * else be counted until it is missed, and others would leave accounts to it.
   */
  async look(db: Database): Promise<{ held: number; nodes: number }> {
    const { rows } = await sql<{ held: number; nodes: number }>`
      select (select count(*)::int from mail_lease
          where expires_at > clock_timestamp() and node_id is not null) as held,
        (select count(*)::int from node
          where 'sync' = any(roles) and seen_at > now() - make_interval(secs => ${aliveSeconds})
            and (started_at > now() - make_interval(secs => ${youngSeconds})
              or exists (select from mail_lease where node_id = node.id and expires_at > clock_timestamp()))) as nodes`.execute(
      db,
    )
    return rows[0] ?? { held: 0, nodes: 0 }
  },

  /** Up to `limit` accounts of a node that are in step: who is still being listed for the first time stays. */
  async settled(db: Database, nodeId: string, limit: number): Promise<string[]> {
    const { rows } = await sql<{ mail_account_id: string }>`
      select lease.mail_account_id
      from mail_lease as lease
      join mail_account as account on account.owner_id = lease.owner_id and account.id = lease.mail_account_id
      where lease.node_id = ${nodeId} and lease.expires_at > clock_timestamp() and account.state = 'synced'
      limit ${limit}`.execute(db)
    return rows.map((row) => row.mail_account_id)
  },
}
