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
  /**
   * One location a message: a present one where there is one, for what is done from a folder that which its owner meant.
   * What was deleted for good is hidden, and there to be written to.
   */
  async list(db: Queryable, { ownerId }: AccountKey, ops: readonly RemoteOp[]): Promise<Map<string, WriteTarget>> {
    const { rows } = await sql<WriteTarget>`
      select distinct on (location.message_id) location.message_id, message.message_id_header,
        location.folder_id, coalesce(folder.path, '') as path, location.uidvalidity, location.uid,
        (location.gone_at is not null and not location.is_deleted)
          or folder.uidvalidity is distinct from location.uidvalidity as is_away
      from unnest(${ops.map((op) => op.message_id)}::uuid[],
        ${ops.map(fromFolderId)}::uuid[]) as op (message_id, folder_id)
      join mail_location as location on location.owner_id = ${ownerId} and location.message_id = op.message_id
      join mail_message as message on message.owner_id = location.owner_id and message.id = location.message_id
      left join mail_folder as folder on folder.owner_id = location.owner_id and folder.id = location.folder_id
      order by location.message_id, location.gone_at is not null and not location.is_deleted,
        location.folder_id is not distinct from op.folder_id desc, location.folder_id`.execute(db)
    return new Map(rows.map((row) => [row.message_id, row]))
  },

  /** Messages keep their ids and where they are shown; only where they lie on the server is new. */
  async relocate(tx: Tx, { ownerId }: AccountKey, moves: readonly Relocation[]): Promise<void> {
    await sql`
      update mail_location as location set folder_id = move.folder_id, uidvalidity = move.uidvalidity, uid = move.uid,
        modseq = null, gone_at = case when location.is_deleted then location.gone_at end
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

  /**
   * Moved, and the server did not say to where: they are found again in `folderId`. What their owner has deleted
   * meanwhile waits there for its place, as a copy does, so that it is not shown when it is found; where nothing is kept
   * (null) it is never found.
   */
  async markLost(tx: Tx, key: AccountKey, targets: readonly WriteTarget[], folderId: string | null): Promise<void> {
    if (folderId !== null) {
      await sql`update mail_location as location
        set folder_id = ${folderId}, uidvalidity = 0, uid = -nextval('mail_provisional_uid'), modseq = null
        ${atTargets(targets)} and location.owner_id = ${key.ownerId} and location.is_deleted`.execute(tx)
    }
    await sql`update mail_location as location set gone_at = clock_timestamp(), is_deleted = false
      ${atTargets(targets)} and location.owner_id = ${key.ownerId}`.execute(tx)
  },

  /**
   * Where folders are labels, a move into Trash took its messages out of all others: their places count as vanished,
   * which those are not that the server still lists. What is to be deleted for good stays as it is.
   */
  async releaseOthers(tx: Tx, { ownerId }: AccountKey, messageIds: readonly string[]): Promise<void> {
    await sql`update mail_location as place set is_deleted = false, gone_at = clock_timestamp()
      where place.owner_id = ${ownerId} and place.message_id = any(${messageIds}::uuid[]) and place.is_deleted
        and not exists (select from mail_remote_op where owner_id = ${ownerId} and state in ('pending', 'running')
          and ((kind = 'delete' and message_id = place.message_id)
            or (kind = 'append' and change ->> 'source_message_id' = place.message_id::text)))`.execute(tx)
  },

  /** The server deleted them; what else its owner took away with them went along. */
  async removeErased(tx: Tx, { ownerId }: AccountKey, messageIds: readonly string[]): Promise<void> {
    await sql`delete from mail_location
      where owner_id = ${ownerId} and message_id = any(${messageIds}::uuid[]) and is_deleted`.execute(tx)
  },

  /** Shows messages again that their owner deleted; answers in which folders. */
  async unhide(tx: Tx, { ownerId }: AccountKey, messageIds: readonly string[]) {
    const { rows } = await sql<{ message_id: string; shown_folder_id: string }>`
      update mail_location set gone_at = null, is_deleted = false
      where owner_id = ${ownerId} and message_id = any(${messageIds}::uuid[]) and is_deleted
      returning message_id, shown_folder_id`.execute(tx)
    return rows
  },

  async unhideIn(tx: Tx, { ownerId }: AccountKey, messageId: string, folderIds: readonly string[]): Promise<void> {
    await sql`update mail_location set gone_at = null, is_deleted = false
      where owner_id = ${ownerId} and message_id = ${messageId} and folder_id = any(${folderIds}::uuid[])
        and is_deleted`.execute(tx)
  },

  async labelStates(tx: Tx, { ownerId }: AccountKey, messageIds: readonly string[]) {
    const { rows } = await sql<{ message_id: string; is_read: boolean; is_starred: boolean; label_ids: string[] }>`
      select place.message_id, bool_or(place.is_read) as is_read, bool_or(place.is_starred) as is_starred,
        array(select label_id from mail_message_label
          where owner_id = ${ownerId} and message_id = place.message_id) as label_ids
      from mail_location as place
      where place.owner_id = ${ownerId} and place.message_id = any(${messageIds}::uuid[]) and place.gone_at is null
      group by place.message_id`.execute(tx)
    return rows
  },

  /** Shows messages again where they lie, but for snoozed ones; answers those that were shown elsewhere. */
  async showWhereTheyLie(tx: Tx, { ownerId }: AccountKey, targets: readonly WriteTarget[]) {
    const { rows } = await sql<{ message_id: string; folder_id: string; shown_folder_id: string }>`
      update mail_location as location set shown_folder_id = location.folder_id
      from mail_location as before
      where location.owner_id = ${ownerId} and location.message_id = any(${targets.map((one) => one.message_id)}::uuid[])
        and location.shown_folder_id <> location.folder_id
        and location.shown_folder_id not in (
          select id from mail_folder where owner_id = ${ownerId} and role = 'snoozed')
        and before.owner_id = location.owner_id
        and before.folder_id = location.folder_id and before.uidvalidity = location.uidvalidity
        and before.uid = location.uid
      returning location.message_id, location.folder_id, before.shown_folder_id`.execute(tx)
    return rows
  },
}

const fromFolderId = (op: RemoteOp): string | null => ('from_folder_id' in op.change ? op.change.from_folder_id : null)

const atTargets = (targets: readonly WriteTarget[]) => sql`
  from unnest(${targets.map((target) => target.folder_id)}::uuid[],
    ${targets.map((target) => target.uidvalidity)}::bigint[], ${targets.map((target) => target.uid)}::bigint[])
    as target (folder_id, uidvalidity, uid)
  where location.folder_id = target.folder_id and location.uidvalidity = target.uidvalidity
    and location.uid = target.uid`
