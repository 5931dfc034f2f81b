import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { PartReport } from './person-data.ts'

export type TransferKey = { ownerId: string; id: string }
export type MailAccountsForm = 'own' | 'shared'
export type PartRow = PartReport & { state: 'running' | 'done' | 'incomplete' }
export type TransferRow = {
  owner_id: string
  id: string
  member_id: string
  mail_accounts: MailAccountsForm
  requested_by: string
  state: 'pending' | 'running' | 'done' | 'incomplete'
  parts: Record<string, PartRow>
  created_at: Date
  finished_at: Date | null
}

const columns = sql`owner_id, id, member_id, mail_accounts, requested_by, state, parts, created_at, finished_at`
const leaseSeconds = 120

export const transferStore = {
  /** Undefined while one is under way: the unique index decides. */
  async insert(
    tx: Tx,
    { ownerId, id }: TransferKey,
    wanted: { memberId: string; mailAccounts: MailAccountsForm; requestedBy: string },
  ): Promise<TransferRow | undefined> {
    const { rows } = await sql<TransferRow>`
      insert into admin_transfer (owner_id, id, member_id, mail_accounts, requested_by)
      values (${ownerId}, ${id}, ${wanted.memberId}, ${wanted.mailAccounts}, ${wanted.requestedBy})
      on conflict do nothing returning ${columns}`.execute(tx)
    return rows[0]
  },

  async list(db: Queryable, ownerId: string, limit: number): Promise<TransferRow[]> {
    const { rows } = await sql<TransferRow>`
      select ${columns} from admin_transfer where owner_id = ${ownerId} order by id desc limit ${limit}`.execute(db)
    return rows
  },

  async find(db: Queryable, { ownerId, id }: TransferKey): Promise<TransferRow | undefined> {
    const { rows } = await sql<TransferRow>`
      select ${columns} from admin_transfer where owner_id = ${ownerId} and id = ${id}`.execute(db)
    return rows[0]
  },

  /** Undefined while somebody else works at it, or when it is through. */
  async claim(db: Queryable, { ownerId, id }: TransferKey, leaseId: string): Promise<TransferRow | undefined> {
    const { rows } = await sql<TransferRow>`
      update admin_transfer set state = 'running', lease_id = ${leaseId},
        leased_until = now() + make_interval(secs => ${leaseSeconds})
      where owner_id = ${ownerId} and id = ${id} and state in ('pending', 'running')
        and coalesce(leased_until < now(), true)
      returning ${columns}`.execute(db)
    return rows[0]
  },

  /** What became of a part so far; the lease is renewed with it. False when it is somebody else's now. */
  async note(db: Queryable, key: TransferKey & { leaseId: string }, parts: Record<string, PartRow>): Promise<boolean> {
    const { rows } = await sql`
      update admin_transfer set parts = parts || ${JSON.stringify(parts)}::jsonb,
        leased_until = now() + make_interval(secs => ${leaseSeconds})
      where owner_id = ${key.ownerId} and id = ${key.id} and lease_id = ${key.leaseId} returning id`.execute(db)
    return rows.length > 0
  },

  /** For whoever comes next, after some seconds. */
  async release(db: Queryable, key: TransferKey & { leaseId: string }, seconds: number): Promise<void> {
    await sql`update admin_transfer set leased_until = now() + make_interval(secs => ${seconds}), lease_id = null
      where owner_id = ${key.ownerId} and id = ${key.id} and lease_id = ${key.leaseId}`.execute(db)
  },

  async finish(
    tx: Tx,
    key: TransferKey & { leaseId: string },
    state: 'done' | 'incomplete',
  ): Promise<TransferRow | undefined> {
    const { rows } = await sql<TransferRow>`
      update admin_transfer set state = ${state}, finished_at = now(), leased_until = null
      where owner_id = ${key.ownerId} and id = ${key.id} and lease_id = ${key.leaseId}
      returning ${columns}`.execute(tx)
    return rows[0]
  },

  /** Those at which nobody works. */
  async lapsed(db: Queryable, limit: number): Promise<TransferKey[]> {
    const { rows } = await sql<TransferKey>`
      select owner_id as "ownerId", id from admin_transfer
      where state in ('pending', 'running') and coalesce(leased_until < now(), true) limit ${limit}`.execute(db)
    return rows
  },
}
