import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { CompositionAttachment } from '../outbox/composition.ts'

export type UploadRow = {
  id: string
  filename: string
  content_type: string
  state: 'waiting' | 'receiving' | 'stored' | 'failed'
  size_bytes: number | null
  received_bytes: number
  object: string | null
  created_at: Date
  expires_at: Date
}

export type NewUpload = Pick<UploadRow, 'id' | 'filename' | 'content_type' | 'state' | 'size_bytes'>

const columns = sql`id, filename, content_type, state, size_bytes, received_bytes, object, created_at, expires_at`

/** How long a file that no message uses is kept. */
const keptDays = 7

export const uploadStore = {
  async insert(db: Queryable, ownerId: string, upload: NewUpload): Promise<UploadRow> {
    const { rows } = await sql<UploadRow>`
      insert into mail_upload (owner_id, id, filename, content_type, state, size_bytes, expires_at)
      values (${ownerId}, ${upload.id}, ${upload.filename}, ${upload.content_type}, ${upload.state},
        ${upload.size_bytes}, now() + make_interval(days => ${keptDays}))
      returning ${columns}`.execute(db)
    const [row] = rows
    if (!row) throw new Error('insert answered no row')
    return row
  },

  async find(db: Queryable, ownerId: string, id: string): Promise<UploadRow | undefined> {
    const { rows } = await sql<UploadRow>`
      select ${columns} from mail_upload where owner_id = ${ownerId} and id = ${id}`.execute(db)
    return rows[0]
  },

  /** What is stored stays so: of two who send the same file, the first to end has sent it. */
  async receive(
    db: Queryable,
    ownerId: string,
    id: string,
    change: { state: 'receiving' | 'failed'; receivedBytes: number },
  ): Promise<UploadRow | undefined> {
    const { rows } = await sql<UploadRow>`
      update mail_upload set state = ${change.state}, received_bytes = ${change.receivedBytes}
      where owner_id = ${ownerId} and id = ${id} and state <> 'stored' returning ${columns}`.execute(db)
    return rows[0]
  },

  async complete(
    tx: Tx,
    ownerId: string,
    id: string,
    file: { object: string; sizeBytes: number; filename: string; contentType: string },
  ): Promise<UploadRow | undefined> {
    const { rows } = await sql<UploadRow>`
      update mail_upload set state = 'stored', object = ${file.object}, size_bytes = ${file.sizeBytes},
        received_bytes = ${file.sizeBytes}, filename = ${file.filename}, content_type = ${file.contentType},
        expires_at = now() + make_interval(days => ${keptDays})
      where owner_id = ${ownerId} and id = ${id} and state <> 'stored' returning ${columns}`.execute(tx)
    return rows[0]
  },

  async delete(db: Queryable, ownerId: string, id: string): Promise<boolean> {
    const result = await db
      .deleteFrom('mail_upload')
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .executeTakeFirst()
    return result.numDeletedRows === 1n
  },

  /** Those of these uploads that are complete. Their objects stay at least until the end of the transaction. */
  async lockStored(tx: Tx, ownerId: string, ids: readonly string[]): Promise<Map<string, CompositionAttachment>> {
    if (ids.length === 0) return new Map()
    const { rows } = await sql<CompositionAttachment>`
      select upload.id, upload.object, upload.filename, upload.content_type as "contentType",
        blob.size_bytes as "sizeBytes"
      from mail_upload as upload
      join mail_blob as blob on blob.owner_id = upload.owner_id and blob.object = upload.object
      where upload.owner_id = ${ownerId} and upload.id = any(${ids}::uuid[]) and upload.state = 'stored'
      for key share of blob`.execute(tx)
    return new Map(rows.map((row) => [row.id, row]))
  },
}
