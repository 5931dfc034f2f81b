import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { RemoteOp } from '../changes/remote-op-store.ts'
import type { AccountKey } from './folder-store.ts'

/** Where on the server a message lies that is to be changed. */
export type WriteTarget = {
  message_id: string
  message_id_header: string | null
  folder_id: string
  path: string
  uidvalidity: number
  uid: number
  /** Not to be written to now: it vanished, or its folder is being listed anew. */
  is_away: boolean
}

export type Relocation = { target: WriteTarget; folderId: string; uidvalidity: number; uid: number }

export const writeTargetStore = {
  /** One location a message: a present one where there is one, for a move that which its owner moved. */
  async list(db: Queryable, { ownerId }: AccountKey, ops: readonly RemoteOp[]): Promise<Map<string, WriteTarget>> {
    const { rows } = await sql<WriteTarget>`
      select distinct on (location.message_id) location.message_id, message.message_id_header,
        location.folder_id, coalesce(folder.path, '') as path, location.uidvalidity, location.uid,
        location.gone_at is not null or folder.uidvalidity is distinct from location.uidvalidity as is_away
      from unnest(${ops.map((op) => op.message_id)}::uuid[],
        ${ops.map((op) => (op.kind === 'move' ? op.change.from_folder_id : null))}::uuid[]) as op (message_id, folder_id)
      join mail_location as location on location.owner_id = ${ownerId} and location.message_id = op.message_id
      join mail_message as message on message.owner_id = location.owner_id and message.id = location.message_id
      left join mail_folder as folder on folder.owner_id = location.owner_id and folder.id = location.folder_id
      order by location.message_id, location.gone_at nulls first,
        location.folder_id is not distinct from op.folder_id desc, location.folder_id`.execute(db)
    return new Map(rows.map((row) => [row.message_id, row]))
  },

  /** Messages keep their ids and where they are shown; only where they lie on the server is new. */
  async relocate(tx: Tx, { ownerId }: AccountKey, moves: readonly Relocation[]): Promise<void> {
    await sql`
      update mail_location as location set folder_id = move.folder_id, uidvalidity = move.uidvalidity, uid = move.uid,
        modseq = null, gone_at = null
      from unnest(${moves.map((move) => move.target.folder_id)}::uuid[],
        ${moves.map((move) => move.target.uidvalidity)}::bigint[], ${moves.map((move) => move.target.uid)}::bigint[],
        ${moves.map((move) => move.folderId)}::uuid[], ${moves.map((move) => move.uidvalidity)}::bigint[],
        ${moves.map((move) => move.uid)}::bigint[])
        as move (old_folder_id, old_uidvalidity, old_uid, folder_id, uidvalidity, uid)
      where location.owner_id = ${ownerId} and location.folder_id = move.old_folder_id
        and location.uidvalidity = move.old_uidvalidity and location.uid = move.old_uid
        and not exists (select from mail_location as taken where taken.owner_id = location.owner_id
          and taken.folder_id = move.folder_id and taken.uidvalidity = move.uidvalidity and taken.uid = move.uid)`.execute(
      tx,
    )
  },

  async markGone(tx: Tx, { ownerId }: AccountKey, targets: readonly WriteTarget[]): Promise<void> {
    await sql`update mail_location as location set gone_at = clock_timestamp()
      from unnest(${targets.map((target) => target.folder_id)}::uuid[],
        ${targets.map((target) => target.uidvalidity)}::bigint[], ${targets.map((target) => target.uid)}::bigint[])
        as gone (folder_id, uidvalidity, uid)
      where location.owner_id = ${ownerId} and location.folder_id = gone.folder_id
        and location.uidvalidity = gone.uidvalidity and location.uid = gone.uid`.execute(tx)
  },

  /** Shows messages again where they lie; answers those that were shown elsewhere. */
  async showWhereTheyLie(tx: Tx, { ownerId }: AccountKey, targets: readonly WriteTarget[]) {
    const { rows } = await sql<{ message_id: string; folder_id: string; shown_folder_id: string }>`
      update mail_location as location set shown_folder_id = location.folder_id
      from mail_location as before
      where location.owner_id = ${ownerId} and location.message_id = any(${targets.map((one) => one.message_id)}::uuid[])
        and location.shown_folder_id <> location.folder_id and before.owner_id = location.owner_id
        and before.folder_id = location.folder_id and before.uidvalidity = location.uidvalidity
        and before.uid = location.uid
      returning location.message_id, location.folder_id, before.shown_folder_id`.execute(tx)
    return rows
  },
}
