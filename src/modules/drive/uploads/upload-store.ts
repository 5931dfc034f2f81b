import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'
import type { ConflictPolicy } from '../changes/conflict.ts'

export type UploadRow = {
  id: string
  path: string
  conflict: string
  if_match: string | null
  size: number
  received: number
  metadata: string
  checksum: string | null
  modified_at: number | null
  epoch: number
  next_piece: number
  pieces: number[]
  state: string
  item_id: number | null
  created_at: Date
  touched_at: Date
}

export type NewUpload = {
  id: string
  path: string
  conflict: ConflictPolicy
  ifMatch: string | null
  size: number
  metadata: string
  checksum: string | null
  modifiedAt: number | null
}

const columns = [
  ...(['id', 'path', 'conflict', 'if_match', 'size', 'received', 'metadata', 'checksum', 'modified_at'] as const),
  ...(['epoch', 'next_piece', 'pieces', 'state', 'item_id', 'created_at', 'touched_at'] as const),
]

export const uploadStore = {
  async insert(db: Queryable, ownerId: string, upload: NewUpload): Promise<void> {
    const { ifMatch: if_match, modifiedAt: modified_at, ...rest } = upload
    await db
      .insertInto('drive_upload')
      .values({ owner_id: ownerId, if_match, modified_at, ...rest })
      .execute()
  },

  find: (db: Queryable, ownerId: string, id: string): Promise<UploadRow | undefined> =>
    db
      .selectFrom('drive_upload')
      .select(columns)
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .executeTakeFirst(),

  /** Newest first. */
  list: (db: Queryable, ownerId: string, page: { before: string | undefined; limit: number }): Promise<UploadRow[]> =>
    db
      .selectFrom('drive_upload')
      .select(columns)
      .where('owner_id', '=', ownerId)
      .$if(page.before !== undefined, (query) => query.where('id', '<', page.before ?? ''))
      .orderBy('id', 'desc')
      .limit(page.limit)
      .execute(),

  countOpen: async (db: Queryable, ownerId: string): Promise<number> => {
    const { count } = await db
      .selectFrom('drive_upload')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('owner_id', '=', ownerId)
      .where('state', '=', 'open')
      .executeTakeFirstOrThrow()
    return count
  },

  /** The epoch to write under from `received` on; undefined when it is not there any more. */
  async take(db: Queryable, ownerId: string, id: string, received: number): Promise<number | undefined> {
    const row = await db
      .updateTable('drive_upload')
      .set({ epoch: sql`epoch + 1`, touched_at: sql`now()` })
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .where('state', '=', 'open')
      .where('received', '=', received)
      .returning('epoch')
      .executeTakeFirst()
    return row?.epoch
  },

  /** A number for a piece; undefined when somebody else writes now. */
  async nextPiece(db: Queryable, ownerId: string, id: string, epoch: number): Promise<number | undefined> {
    const row = await db
      .updateTable('drive_upload')
      .set({ next_piece: sql`next_piece + 1` })
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .where('epoch', '=', epoch)
      .returning(sql<number>`next_piece - 1`.as('piece'))
      .executeTakeFirst()
    return row?.piece
  },

  /** A piece lies at Nextcloud. @returns whether it counts: it does not when somebody else writes now. */
  async commit(
    db: Queryable,
    ownerId: string,
    id: string,
    piece: { epoch: number; number: number; size: number },
  ): Promise<boolean> {
    const { numUpdatedRows } = await db
      .updateTable('drive_upload')
      .set({
        received: sql`received + ${piece.size}`,
        pieces: sql`pieces || ${piece.number}::integer`,
        touched_at: sql`now()`,
      })
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .where('epoch', '=', piece.epoch)
      .executeTakeFirst()
    return numUpdatedRows === 1n
  },

  async finish(db: Queryable, ownerId: string, id: string, file: { path: string; fileId: number }): Promise<void> {
    await db
      .updateTable('drive_upload')
      .set({ state: 'finished', path: file.path, item_id: file.fileId, touched_at: sql`now()` })
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .execute()
  },

  async remove(db: Queryable, ownerId: string, id: string): Promise<boolean> {
    const { numDeletedRows } = await db
      .deleteFrom('drive_upload')
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .executeTakeFirst()
    return numDeletedRows === 1n
  },

  /** Those for which nothing came for a while, the oldest first. */
  async expired(db: Queryable, options: { hours: number; limit: number }) {
    const { rows } = await sql<{ owner_id: string; id: string; state: string }>`
      select owner_id, id, state from drive_upload
      where touched_at < now() - make_interval(hours => ${options.hours})
      order by touched_at limit ${options.limit}`.execute(db)
    return rows.map((row) => ({ ownerId: row.owner_id, id: row.id, isOpen: row.state === 'open' }))
  },
}
