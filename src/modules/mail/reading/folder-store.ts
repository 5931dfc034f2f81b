import { sql } from 'kysely'
import type { Database } from '#platform/database/database.ts'
import type { Folder } from './wire.ts'

/** Where a page of folders goes on: the sort key of the last folder before it. */
export type FolderKey = { mailAccountId: string; rank: number; path: string }

export type FolderStore = ReturnType<typeof createFolderStore>

export function createFolderStore(database: Database) {
  return {
    /** Folders of one account or of all, each account's in the order that people expect, then by path. */
    list: (
      ownerId: string,
      { mailAccountId, after, limit }: { mailAccountId?: string; after?: FolderKey; limit: number },
    ): Promise<(Folder & { rank: number })[]> =>
      database
        .selectFrom('mail_folder')
        .select(['id', 'mail_account_id', 'path', 'name', 'role', 'total_count', 'unread_count', 'is_selectable'])
        .select(roleRank.as('rank'))
        .where('owner_id', '=', ownerId)
        .$if(mailAccountId !== undefined, (query) => query.where('mail_account_id', '=', mailAccountId ?? ''))
        .$if(after !== undefined, (query) =>
          query.where(
            sql<boolean>`(mail_account_id, ${roleRank}, path collate "C")
              > (${after?.mailAccountId}::uuid, ${after?.rank}::bigint, ${after?.path}::text)`,
          ),
        )
        .orderBy('mail_account_id')
        .orderBy(roleRank)
        .orderBy(sql`path collate "C"`)
        .limit(limit)
        .execute(),

    async hasFolder(ownerId: string, folderId: string): Promise<boolean> {
      const row = await database
        .selectFrom('mail_folder')
        .select('id')
        .where('owner_id', '=', ownerId)
        .where('id', '=', folderId)
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
  array['inbox', 'drafts', 'sent', 'archive', 'junk', 'trash'], role), 7)`
