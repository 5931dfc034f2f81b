import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'

/** Where a folder is to lie: in the folder `parent_id`, else behind `prefix`, which is empty at the top. */
export type FolderTarget = { parent_id: string | null; prefix: string; name: string }

export type FolderOpChange =
  | { kind: 'create'; change: FolderTarget }
  | { kind: 'rename'; change: FolderTarget }
  | { kind: 'delete'; change: Record<string, never> }
  | { kind: 'subscribe'; change: { is_subscribed: boolean } }

/**
 * A change of a folder that its owner sees done already. `running`: it was begun; should nobody be at it any more (a
 * crash), what the server lists now tells whether it was done.
 */
export type FolderOp = FolderOpChange & {
  id: string
  folder_id: string
  state: 'pending' | 'running'
  attempts: number
}

/** Whose folders. */
export type FolderOwner = { ownerId: string; mailAccountId: string }

const columns = sql`id, folder_id, kind, change, state, attempts`

/** All of an account, oldest first. */
export const opsOf = ({ ownerId, mailAccountId }: FolderOwner) => sql<FolderOp>`
  select ${columns} from mail_folder_op
  where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} order by seq`

/** Pending changes of folders, executed one by one in the order of `seq`. */
export const folderOpStore = {
  async insert(tx: Tx, key: FolderOwner, folderId: string, { kind, change }: FolderOpChange): Promise<void> {
    await sql`insert into mail_folder_op (owner_id, id, mail_account_id, folder_id, kind, change)
      values (${key.ownerId}, ${newId()}, ${key.mailAccountId}, ${folderId}, ${kind}, ${JSON.stringify(change)}::jsonb)`.execute(
      tx,
    )
  },

  /** All of an account, oldest first. */
  async list(db: Queryable, key: FolderOwner): Promise<FolderOp[]> {
    return (await opsOf(key).execute(db)).rows
  },

  /** The oldest of an account, and whether it may be tried now: those behind it wait for it. */
  async next(
    db: Queryable,
    { ownerId, mailAccountId }: FolderOwner,
  ): Promise<(FolderOp & { is_due: boolean }) | undefined> {
    const { rows } = await sql<FolderOp & { is_due: boolean }>`
      select ${columns}, next_attempt_at <= now() as is_due from mail_folder_op
      where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} order by seq limit 1`.execute(db)
    return rows[0]
  },

  /** To be committed before the first command is sent. */
  markRunning: (tx: Tx, { ownerId }: FolderOwner, id: string) =>
    sql`update mail_folder_op set state = 'running', attempts = attempts + 1
      where owner_id = ${ownerId} and id = ${id}`.execute(tx),

  postpone: (tx: Tx, { ownerId }: FolderOwner, id: string, seconds: number) =>
    sql`update mail_folder_op set state = 'pending', next_attempt_at = now() + make_interval(secs => ${seconds})
      where owner_id = ${ownerId} and id = ${id}`.execute(tx),

  done: (tx: Tx, { ownerId }: FolderOwner, id: string) =>
    sql`delete from mail_folder_op where owner_id = ${ownerId} and id = ${id}`.execute(tx),

  /** A folder that its owner asked for is there, whoever made it. */
  setCreated: (tx: Tx, { ownerId, mailAccountId }: FolderOwner, folderId: string) =>
    sql`delete from mail_folder_op where owner_id = ${ownerId} and mail_account_id = ${mailAccountId}
      and folder_id = ${folderId} and kind = 'create'`.execute(tx),

  /** Nothing is to be done any more to a folder that is gone. */
  forgetFolder: (tx: Tx, { ownerId, mailAccountId }: FolderOwner, folderId: string) =>
    sql`delete from mail_folder_op
      where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and folder_id = ${folderId}`.execute(tx),

  /** Whether messages that their owner moved out of a folder still lie there on the server: deleted, they would be lost. */
  async isStillLeft(db: Queryable, { ownerId }: FolderOwner, folderId: string): Promise<boolean> {
    const { rows } = await sql<{ found: boolean }>`select exists (select from mail_location
      where owner_id = ${ownerId} and folder_id = ${folderId} and shown_folder_id <> ${folderId}
        and gone_at is null) as found`.execute(db)
    return rows[0]?.found ?? false
  },
}
