import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'

/** An act that can be taken back until `expires_at`. */
export type StoredAct = { id: string; kind: string; message_count: number; expires_at: Date; created_at: Date }

/** What takes an act back for one message. Only what the act changed is in it. */
export type Inverse = {
  is_read?: boolean
  is_starred?: boolean
  /** Where it was, and where the act left it: somewhere else, it has been moved since. */
  folder_id?: string
  seen_in?: string
  keywords?: { add: string[]; remove: string[] }
  label_ids?: { add: string[]; remove: string[] }
  is_pinned?: boolean
  snoozed_until?: string | null
  is_deleted?: boolean
  /** Copies that were made. */
  copies?: { id: string; folder_id: string }[]
}

export type ActItem = { message_id: string; inverse: Inverse }

const columns = sql`id, kind, message_count, expires_at, created_at`

export const actStore = {
  /** How long an owner can take an act back. */
  async undoSeconds(db: Queryable, ownerId: string): Promise<number> {
    const { rows } = await sql<{ undo_seconds: number }>`
      select undo_seconds from mail_preference where owner_id = ${ownerId}`.execute(db)
    return rows[0]?.undo_seconds ?? defaultUndoSeconds
  },

  setUndoSeconds: (tx: Tx, ownerId: string, seconds: number) =>
    sql`insert into mail_preference (owner_id, undo_seconds) values (${ownerId}, ${seconds})
      on conflict (owner_id) do update set undo_seconds = excluded.undo_seconds`.execute(tx),

  async insert(
    tx: Tx,
    ownerId: string,
    { kind, messageCount, seconds }: { kind: string; messageCount: number; seconds: number },
  ): Promise<StoredAct> {
    const { rows } = await sql<StoredAct>`
      insert into mail_act (owner_id, id, kind, message_count, expires_at)
      values (${ownerId}, ${newId()}, ${kind}, ${messageCount},
        clock_timestamp() + make_interval(secs => ${seconds}))
      returning ${columns}`.execute(tx)
    return rows[0] as StoredAct
  },

  async insertItems(tx: Tx, ownerId: string, actId: string, items: readonly ActItem[]): Promise<void> {
    if (items.length === 0) return
    await sql`
      insert into mail_act_item (owner_id, act_id, message_id, inverse)
      select ${ownerId}, ${actId}, item.message_id, item.inverse
      from unnest(${items.map((item) => item.message_id)}::uuid[],
        ${items.map(({ inverse }) => JSON.stringify(inverse))}::jsonb[]) as item (message_id, inverse)`.execute(tx)
  },

  addToCount: (tx: Tx, ownerId: string, actId: string, count: number) =>
    sql`update mail_act set message_count = message_count + ${count}
      where owner_id = ${ownerId} and id = ${actId}`.execute(tx),

  /** An act that can be taken back: the latest, or the one of that id. */
  async findUndoable(db: Queryable, ownerId: string, actId: string | undefined): Promise<StoredAct | undefined> {
    const ofId = actId === undefined ? sql`` : sql`and id = ${actId}`
    const { rows } = await sql<StoredAct>`
      select ${columns} from mail_act where owner_id = ${ownerId} and ${isUndoable} ${ofId}
      order by seq desc limit 1`.execute(db)
    return rows[0]
  },

  /** Undefined when it cannot be taken back any more. */
  async lockUndoable(tx: Tx, ownerId: string, actId: string): Promise<StoredAct | undefined> {
    const { rows } = await sql<StoredAct>`
      select ${columns} from mail_act
      where owner_id = ${ownerId} and id = ${actId} and ${isUndoable} for update`.execute(tx)
    return rows[0]
  },

  async find(db: Queryable, ownerId: string, actId: string): Promise<StoredAct | undefined> {
    const { rows } = await sql<StoredAct>`
      select ${columns} from mail_act where owner_id = ${ownerId} and id = ${actId}`.execute(db)
    return rows[0]
  },

  /** It is kept until even that of a very large one has been taken back. */
  markUndone: (tx: Tx, ownerId: string, actId: string) =>
    sql`update mail_act set undone_at = clock_timestamp(), expires_at = clock_timestamp() + interval '1 hour'
      where owner_id = ${ownerId} and id = ${actId}`.execute(tx),

  /** Items of an act by message id, after `after`. */
  async items(
    db: Queryable,
    ownerId: string,
    actId: string,
    { after, limit }: { after: string | undefined; limit: number },
  ): Promise<ActItem[]> {
    const isAfter = after === undefined ? sql`` : sql`and message_id > ${after}`
    const { rows } = await sql<ActItem>`
      select message_id, inverse from mail_act_item
      where owner_id = ${ownerId} and act_id = ${actId} ${isAfter}
      order by message_id limit ${limit}`.execute(db)
    return rows
  },

  /** Forgets acts whose time is over; answers how many. */
  async removeExpired(db: Queryable, limit: number): Promise<number> {
    const result = await sql`
      delete from mail_act as act using (
        select owner_id, id from mail_act where expires_at < now() - interval '1 minute' limit ${limit}
      ) as expired
      where act.owner_id = expired.owner_id and act.id = expired.id`.execute(db)
    return Number(result.numAffectedRows ?? 0n)
  },
}

const isUndoable = sql`undone_at is null and expires_at > clock_timestamp()`

/** What `mail_preference` says by default. */
const defaultUndoSeconds = 30
