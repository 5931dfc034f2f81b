import { sql } from 'kysely'
import type { Database } from '#platform/database/database.ts'

export type ExportedFolder = {
  id: string
  mail_account_id: string
  path: string
  name: string
  delimiter: string | null
  is_selectable: boolean
}

export type ExportStore = ReturnType<typeof createExportStore>

const onServer = sql<boolean>`is_on_server and not is_deleted and role is distinct from 'snoozed'`

export function createExportStore(database: Database) {
  return {
    async folder(ownerId: string, folderId: string): Promise<ExportedFolder | undefined> {
      return database
        .selectFrom('mail_folder')
        .select(['id', 'mail_account_id', 'path', 'name', 'delimiter', 'is_selectable'])
        .where('owner_id', '=', ownerId)
        .where('id', '=', folderId)
        .where(onServer)
        .executeTakeFirst()
    },

    /** Where folders are labels (Gmail), All Mail holds what is in the others, but for Spam and Trash. */
    async folders(ownerId: string, mailAccountId: string): Promise<ExportedFolder[]> {
      const { rows } = await sql<ExportedFolder>`
        select folder.id, folder.mail_account_id, folder.path, folder.name, folder.delimiter, folder.is_selectable
        from mail_folder as folder
        join mail_account as account on account.owner_id = ${ownerId} and account.id = folder.mail_account_id
        where folder.owner_id = ${ownerId} and folder.mail_account_id = ${mailAccountId} and folder.is_selectable
          and folder.is_on_server and not folder.is_deleted and folder.role is distinct from 'snoozed'
          and (not account.folders_are_labels or folder.role in ('all', 'junk', 'trash'))
        order by folder.path collate "C"`.execute(database)
      return rows
    },

    async account(ownerId: string, mailAccountId: string): Promise<{ email: string } | undefined> {
      return database
        .selectFrom('mail_account')
        .select('email')
        .where('owner_id', '=', ownerId)
        .where('id', '=', mailAccountId)
        .executeTakeFirst()
    },
  }
}
