import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'

export type TargetRow = { id: string; email: string; verified_at: Date | null; created_at: Date }

export type CodeRow = TargetRow & {
  code_hash: Buffer | null
  is_expired: boolean
  wrong_codes: number
  seconds_since_code: number | null
}

export type TargetKey = { ownerId: string; id: string }

const columns = sql`id, email, verified_at, created_at`
/** How long a code can be given. */
const codeHours = 24

export const targetStore = {
  /** Oldest first. */
  async list(
    db: Queryable,
    ownerId: string,
    { after, limit }: { after: string | undefined; limit: number },
  ): Promise<TargetRow[]> {
    const { rows } = await sql<TargetRow>`
      select ${columns} from mail_forward_target
      where owner_id = ${ownerId} and (${after ?? null}::uuid is null or id > ${after ?? null}::uuid)
      order by id limit ${limit}`.execute(db)
    return rows
  },

  /** Counted under a lock, so that two requests cannot pass the limit together. */
  async count(tx: Tx, ownerId: string): Promise<number> {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`mail_forward_target:${ownerId}`}, 0))`.execute(tx)
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from mail_forward_target where owner_id = ${ownerId}`.execute(tx)
    return rows[0]?.count ?? 0
  },

  /** Undefined when there is one for that address already. */
  async insert(tx: Tx, ownerId: string, target: { id: string; email: string; codeHash: Buffer }) {
    const { rows } = await sql<TargetRow>`
      insert into mail_forward_target (owner_id, id, email, code_hash, code_expires_at)
      values (${ownerId}, ${target.id}, ${target.email}, ${target.codeHash}, now() + make_interval(hours => ${codeHours}))
      on conflict do nothing returning ${columns}`.execute(tx)
    return rows[0]
  },

  /** Held until the end of the transaction. */
  async lock(tx: Tx, { ownerId, id }: TargetKey): Promise<CodeRow | undefined> {
    const { rows } = await sql<CodeRow>`
      select ${columns}, code_hash, wrong_codes, coalesce(code_expires_at < now(), true) as is_expired,
        (${codeHours} * 3600 - extract(epoch from code_expires_at - now()))::float8 as seconds_since_code
      from mail_forward_target where owner_id = ${ownerId} and id = ${id} for update`.execute(tx)
    return rows[0]
  },

  setCode: (tx: Tx, { ownerId, id }: TargetKey, codeHash: Buffer) =>
    sql`update mail_forward_target set code_hash = ${codeHash}, wrong_codes = 0,
        code_expires_at = now() + make_interval(hours => ${codeHours})
      where owner_id = ${ownerId} and id = ${id}`.execute(tx),

  countWrongCode: (tx: Tx, { ownerId, id }: TargetKey) =>
    sql`update mail_forward_target set wrong_codes = wrong_codes + 1
      where owner_id = ${ownerId} and id = ${id}`.execute(tx),

  verify: (tx: Tx, { ownerId, id }: TargetKey) =>
    sql`update mail_forward_target set verified_at = now(), code_hash = null, code_expires_at = null
      where owner_id = ${ownerId} and id = ${id}`.execute(tx),

  /** False when there is none. */
  async delete(tx: Tx, { ownerId, id }: TargetKey): Promise<boolean> {
    const { numAffectedRows } = await sql`
      delete from mail_forward_target where owner_id = ${ownerId} and id = ${id}`.execute(tx)
    return numAffectedRows === 1n
  },
}
