import { sql } from 'kysely'
import type { Database, Queryable, Tx } from '#platform/database/database.ts'

export type BulkKind = 'read_folder' | 'empty_folder' | 'undo' | 'adopt_label' | 'delete_label'

/** Work on any number of messages, done in chunks. */
export type BulkAct = {
  id: string
  kind: BulkKind
  /** The folder, the label or the act on which it works. */
  subject_id: string
  arguments: { name?: string; keyword?: string }
  state: 'running' | 'done' | 'cancelled'
  total_count: number
  done_count: number
  act_id: string | null
  /** Where the next chunk begins. */
  cursor: readonly string[] | null
  created_at: Date
}

export type NewBulkAct = Pick<BulkAct, 'id' | 'kind' | 'subject_id' | 'arguments' | 'total_count'>

export type Progress = { done: number; cursor: readonly string[] | undefined; actId: string | null }

const columns = sql`id, kind, subject_id, arguments, state, total_count, done_count, act_id, cursor, created_at`

export const bulkStore = {
  async insert(tx: Tx, ownerId: string, bulk: NewBulkAct): Promise<BulkAct> {
    const { rows } = await sql<BulkAct>`
      insert into mail_bulk_act (owner_id, id, kind, subject_id, arguments, total_count)
      values (${ownerId}, ${bulk.id}, ${bulk.kind}, ${bulk.subject_id}, ${JSON.stringify(bulk.arguments)}::jsonb,
        ${bulk.total_count})
      returning ${columns}`.execute(tx)
    return rows[0] as BulkAct
  },

  async find(db: Queryable, ownerId: string, id: string): Promise<BulkAct | undefined> {
    const { rows } = await sql<BulkAct>`
      select ${columns} from mail_bulk_act where owner_id = ${ownerId} and id = ${id}`.execute(db)
    return rows[0]
  },

  /** One that is running, for its next chunk; undefined while somebody else is at it. */
  async claim(tx: Tx, ownerId: string, id: string): Promise<BulkAct | undefined> {
    const { rows } = await sql<BulkAct>`
      select ${columns} from mail_bulk_act
      where owner_id = ${ownerId} and id = ${id} and state = 'running' for update skip locked`.execute(tx)
    return rows[0]
  },

  /** The end of a chunk; the last one has no cursor. */
  async advance(tx: Tx, ownerId: string, id: string, { done, cursor, actId }: Progress): Promise<BulkAct> {
    const { rows } = await sql<BulkAct>`
      update mail_bulk_act set done_count = done_count + ${done}, act_id = ${actId}, touched_at = now(),
        cursor = ${cursor ? JSON.stringify(cursor) : null}::jsonb,
        state = case when ${cursor === undefined} then 'done' else state end
      where owner_id = ${ownerId} and id = ${id} returning ${columns}`.execute(tx)
    return rows[0] as BulkAct
  },

  /** What is being done under an act goes no further. Waits for a chunk that is under way. */
  cancel: (tx: Tx, ownerId: string, actId: string) =>
    sql`update mail_bulk_act set state = 'cancelled'
      where owner_id = ${ownerId} and act_id = ${actId} and state = 'running'`.execute(tx),

  /** Running ones that nobody works on. */
  async stalled(db: Database, limit: number): Promise<{ owner_id: string; id: string }[]> {
    const { rows } = await sql<{ owner_id: string; id: string }>`
      select owner_id, id from mail_bulk_act
      where state = 'running' and touched_at < now() - interval '30 seconds'
      order by touched_at limit ${limit}`.execute(db)
    return rows
  },

  removeOld: (db: Database) =>
    sql`delete from mail_bulk_act where state <> 'running' and touched_at < now() - interval '1 day'`.execute(db),
}
