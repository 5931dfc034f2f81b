import { sql } from 'kysely'
import type { Database, Queryable } from '#platform/database/database.ts'
import type { Folder } from './wire.ts'

/** Where a page of folders goes on: the sort key of the last folder before it. */
export type FolderKey = { mailAccountId: string; rank: number; path: string }

export type FolderStore = ReturnType<typeof createFolderStore>

export function createFolderStore(database: Database) {
  return {
    /** Folders of one account or of all, each account's in the order that people expect, then by path. */
    async list(
      ownerId: string,
      { mailAccountId, after, limit }: { mailAccountId?: string; after?: FolderKey; limit: number },
    ): Promise<(Folder & { rank: number })[]> {
      const ofAccount = mailAccountId === undefined ? sql`` : sql`and folder.mail_account_id = ${mailAccountId}`
      const isAfter = after
        ? sql`and (folder.mail_account_id, ${roleRank}, ${shownPath} collate "C")
            > (${after.mailAccountId}::uuid, ${after.rank}::bigint, ${after.path}::text)`
        : sql``
      const { rows } = await sql<Folder & { rank: number }>`
        select ${shownColumns}, ${roleRank} as rank from ${shownFolders}
        where folder.owner_id = ${ownerId} and not folder.is_deleted ${ofAccount} ${isAfter}
        order by folder.mail_account_id, ${roleRank}, ${shownPath} collate "C"
        limit ${limit}`.execute(database)
      return rows
    },

    async find(ownerId: string, folderId: string, on: Queryable = database): Promise<Folder | undefined> {
      const { rows } = await sql<Folder>`
        select ${shownColumns} from ${shownFolders}
        where folder.owner_id = ${ownerId} and folder.id = ${folderId} and not folder.is_deleted`.execute(on)
      return rows[0]
    },

    async hasFolder(ownerId: string, folderId: string): Promise<boolean> {
      const row = await database
        .selectFrom('mail_folder')
        .select('id')
        .where('owner_id', '=', ownerId)
        .where('id', '=', folderId)
        .where('is_deleted', '=', false)
        .executeTakeFirst()
      return row !== undefined
    },

    /** The owner's folders with a role, over all accounts. */
    async idsOfRole(ownerId: string, role: string): Promise<string[]> {
      const rows = await database
        .selectFrom('mail_folder')
        .select('id')
        .where('owner_id', '=', ownerId)
        .where('role', '=', role)
        .where('is_deleted', '=', false)
        .execute()
      return rows.map((row) => row.id)
    },

    async hasLabel(ownerId: string, labelId: string): Promise<boolean> {
      const row = await database
        .selectFrom('mail_label')
        .select('id')
        .where('owner_id', '=', ownerId)
        .where('id', '=', labelId)
        .executeTakeFirst()
      return row !== undefined
    },

    async hasAccount(ownerId: string, mailAccountId: string): Promise<boolean> {
      const row = await database
        .selectFrom('mail_account')
        .select('id')
        .where('owner_id', '=', ownerId)
        .where('id', '=', mailAccountId)
        .executeTakeFirst()
      return row !== undefined
    },
  }
}

const roleRank = sql<number>`coalesce(array_position(
  array['inbox', 'snoozed', 'drafts', 'sent', 'archive', 'junk', 'trash'], folder.role), 8)`

/** A name that is on its way to the server is shown already. */
const shownPath = sql`coalesce(folder.shown_path, folder.path)`
const shownName = sql`coalesce(split_part(folder.shown_path, folder.delimiter, -1), folder.shown_path, folder.name)`

const shownColumns = sql`folder.id, folder.mail_account_id, ${shownPath} as path, ${shownName} as name,
  parent.id as parent_id, folder.role, folder.total_count, folder.unread_count, folder.is_selectable,
  folder.is_subscribed, folder.sync`

const shownFolders = sql`mail_folder as folder
  left join mail_folder as parent
    on parent.owner_id = folder.owner_id and parent.mail_account_id = folder.mail_account_id and not parent.is_deleted
      and coalesce(parent.shown_path, parent.path) || folder.delimiter || ${shownName} = ${shownPath}`
