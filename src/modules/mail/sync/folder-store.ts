import { sql } from 'kysely'
import type { FolderRole, RemoteFolder } from '#integrations/imap/imap-folders.ts'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'
import { folderOpStore } from '../folders/folder-op-store.ts'

/** A folder and its cursor, as stored. */
export type Folder = {
  id: string
  path: string
  name: string
  delimiter: string | null
  role: FolderRole | null
  isSelectable: boolean
  uidvalidity: number | null
  uidnext: number | null
  highestmodseq: string | null
  backfillLow: number | null
  /** Messages that its owner sees in it. */
  shownCount: number
  failedSelects: number
  isParked: boolean
  /** False while its creation is on its way. */
  isOnServer: boolean
  /** Its owner deleted it; the server is still to be told. */
  isDeleted: boolean
  isSubscribed: boolean
  sync: 'all' | 'listing' | 'none'
  /** MAILBOXID (RFC 8474 §4), where the server has it. */
  serverMailboxId: string | null
  /** Whether its server keeps any keyword of messages. */
  keepsKeywords: boolean
}

/** A folder that is not to be synced any more: its owner deleted it or left it out. What was about to be stored is not. */
export class FolderWithdrawn extends Error {
  readonly folderId: string

  constructor(folderId: string) {
    super('This folder is not synced any more.')
    this.name = 'FolderWithdrawn'
    this.folderId = folderId
  }
}

export const isSynced = ({ isOnServer, isDeleted, sync }: Folder): boolean =>
  isOnServer && !isDeleted && sync !== 'none'

export type Cursor = Partial<
  Pick<Folder, 'uidvalidity' | 'uidnext' | 'highestmodseq' | 'backfillLow' | 'serverMailboxId' | 'keepsKeywords'>
>

/** Whose folders: first in every statement. */
export type AccountKey = { ownerId: string; mailAccountId: string }

export const folderStore = {
  async list(db: Queryable, { ownerId, mailAccountId }: AccountKey): Promise<Folder[]> {
    const rows = await db
      .selectFrom('mail_folder')
      .selectAll()
      .select(sql<boolean>`coalesce(parked_until > now(), false)`.as('is_parked'))
      .where('owner_id', '=', ownerId)
      .where('mail_account_id', '=', mailAccountId)
      .execute()
    return rows.map((row) => ({
      id: row.id,
      path: row.path,
      name: row.name,
      delimiter: row.delimiter,
      role: row.role as FolderRole | null,
      isSelectable: row.is_selectable,
      uidvalidity: row.uidvalidity,
      uidnext: row.uidnext,
      highestmodseq: row.highestmodseq,
      backfillLow: row.backfill_low,
      shownCount: row.total_count,
      failedSelects: row.failed_selects,
      isParked: row.is_parked,
      isOnServer: row.is_on_server,
      isDeleted: row.is_deleted,
      isSubscribed: row.is_subscribed,
      sync: row.sync as Folder['sync'],
      serverMailboxId: row.server_mailbox_id,
      keepsKeywords: row.keeps_keywords,
    }))
  },

  /** Messages stored for an account, in folders that are not fully listed yet as in those that are. */
  async countMessages(db: Queryable, { ownerId, mailAccountId }: AccountKey): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      select coalesce(sum(total_count), 0)::int as count from mail_folder
      where owner_id = ${ownerId} and mail_account_id = ${mailAccountId}`.execute(db)
    return rows[0]?.count ?? 0
  },

  async insert(tx: Tx, { ownerId, mailAccountId }: AccountKey, folder: RemoteFolder): Promise<string> {
    const id = newId()
    await tx
      .insertInto('mail_folder')
      .values({ owner_id: ownerId, id, mail_account_id: mailAccountId, ...columnsOf(folder) })
      .execute()
    return id
  },

  /** For a folder that got another name, role or path; its messages stay. */
  update: (tx: Tx, { ownerId }: AccountKey, id: string, folder: RemoteFolder) =>
    tx.updateTable('mail_folder').set(columnsOf(folder)).where('owner_id', '=', ownerId).where('id', '=', id).execute(),

  /** Its messages become tombstones first, so that those which were moved out of it are found elsewhere. */
  async remove(tx: Tx, key: AccountKey, id: string): Promise<void> {
    const { ownerId } = key
    await sql`update mail_location set gone_at = coalesce(gone_at, now()), is_deleted = false
      where owner_id = ${ownerId} and folder_id = ${id} and (gone_at is null or is_deleted)`.execute(tx)
    await tx.deleteFrom('mail_folder').where('owner_id', '=', ownerId).where('id', '=', id).execute()
    await folderOpStore.forgetFolder(tx, key, id)
  },

  /**
   * Part of every transaction that stores messages: it waits for whoever withdraws the folder, or is waited for.
   * @throws FolderWithdrawn
   */
  async setCursor(tx: Tx, { ownerId }: AccountKey, id: string, cursor: Cursor): Promise<void> {
    const { backfillLow, serverMailboxId, keepsKeywords, ...rest } = cursor
    const result = await tx
      .updateTable('mail_folder')
      .set({
        ...rest,
        ...(backfillLow !== undefined && { backfill_low: backfillLow }),
        ...(serverMailboxId !== undefined && { server_mailbox_id: serverMailboxId }),
        ...(keepsKeywords !== undefined && { keeps_keywords: keepsKeywords }),
        failed_selects: 0,
        parked_until: null,
      })
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .where('is_deleted', '=', false)
      .where('sync', '<>', 'none')
      .executeTakeFirst()
    if (result.numUpdatedRows === 0n) throw new FolderWithdrawn(id)
  },

  /** Three refused SELECTs in a row park a folder: some servers list folders that do not exist. */
  countFailedSelect: (tx: Tx, { ownerId }: AccountKey, id: string, parkMs: number) =>
    sql`update mail_folder set failed_selects = failed_selects + 1,
        parked_until = case when failed_selects >= 2 then now() + make_interval(secs => ${parkMs / 1000}) end
      where owner_id = ${ownerId} and id = ${id}`.execute(tx),

  async messageCount(db: Queryable, { ownerId }: AccountKey, folder: Folder): Promise<number> {
    const { count } = await db
      .selectFrom('mail_location')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('owner_id', '=', ownerId)
      .where('folder_id', '=', folder.id)
      .where('uidvalidity', '=', folder.uidvalidity)
      .where(isOnServer)
      .executeTakeFirstOrThrow()
    return count
  },

  async uids(db: Queryable, { ownerId }: AccountKey, folder: Folder): Promise<number[]> {
    const rows = await db
      .selectFrom('mail_location')
      .select('uid')
      .where('owner_id', '=', ownerId)
      .where('folder_id', '=', folder.id)
      .where('uidvalidity', '=', folder.uidvalidity)
      .where(isOnServer)
      .execute()
    return rows.map((row) => row.uid)
  },
}

/** What its owner deleted for good is still there. */
const isOnServer = sql<boolean>`(gone_at is null or is_deleted)`

const columnsOf = ({ path, name, delimiter, role, isSelectable, isSubscribed }: RemoteFolder) => ({
  path,
  name,
  delimiter,
  role,
  is_selectable: isSelectable,
  is_subscribed: isSubscribed,
  is_on_server: true,
})
