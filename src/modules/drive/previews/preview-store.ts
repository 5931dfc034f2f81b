import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

export type PreviewRow = { etag: string; object: string; contentType: string }
export type PreviewKey = { ownerId: string; fileId: number; variant: string }

export const previewStore = {
  async find(db: Queryable, { ownerId, fileId, variant }: PreviewKey): Promise<PreviewRow | undefined> {
    const row = await db
      .selectFrom('drive_preview')
      .select(['etag', 'object', 'content_type'])
      .where('owner_id', '=', ownerId)
      .where('file_id', '=', fileId)
      .where('variant', '=', variant)
      .executeTakeFirst()
    return row && { etag: row.etag, object: row.object, contentType: row.content_type }
  },

  /** In place of what there was; its object is an orphan then. */
  async put(db: Queryable, { ownerId, fileId, variant }: PreviewKey, row: PreviewRow): Promise<void> {
    const { etag, object, contentType } = row
    await db
      .insertInto('drive_preview')
      .values({ owner_id: ownerId, file_id: fileId, variant, etag, object, content_type: contentType })
      .onConflict((conflict) =>
        conflict
          .columns(['owner_id', 'file_id', 'variant'])
          .doUpdateSet({ etag, object, content_type: contentType, used_on: sql`current_date` }),
      )
      .execute()
  },

  async touch(db: Queryable, { ownerId, fileId, variant }: PreviewKey): Promise<void> {
    await sql`update drive_preview set used_on = current_date
      where owner_id = ${ownerId} and file_id = ${fileId} and variant = ${variant} and used_on < current_date`.execute(
      db,
    )
  },

  async removeUnused(db: Queryable): Promise<void> {
    await sql`delete from drive_preview where used_on < current_date - 30`.execute(db)
  },

  async referenced(db: Queryable, objects: readonly string[]): Promise<Set<string>> {
    const rows = await db
      .selectFrom('drive_preview')
      .select('object')
      .where('object', '=', sql<string>`any(${[...objects]}::text[])`)
      .execute()
    return new Set(rows.map(({ object }) => object))
  },
}
