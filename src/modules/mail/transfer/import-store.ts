import { sql } from 'kysely'
import type { Database, Queryable, Tx } from '#platform/database/database.ts'

export type ImportState = 'receiving' | 'queued' | 'running' | 'done' | 'failed' | 'cancelled'

export type ImportFailure = { position: number; subject: string; reason: string }

export type ImportRow = {
  owner_id: string
  id: string
  mail_account_id: string
  folder_id: string
  format: 'mbox' | 'eml'
  filename: string
  is_read: boolean
  state: ImportState
  size_bytes: number | null
  received_bytes: number
  read_bytes: number
  imported_count: number
  skipped_count: number
  failed_count: number
  failures: ImportFailure[]
  error_code: string | null
  error_message: string | null
  attempts: number
  created_at: Date
  finished_at: Date | null
}

export type ImportRef = { ownerId: string; id: string }

export type Piece = { start: number; size: number; object: string }

/** What a step of an import did. */
export type ImportStep = { readBytes: number; imported: number; skipped: number; failures: readonly ImportFailure[] }

const columns = sql`owner_id, id, mail_account_id, folder_id, format, filename, is_read, state, size_bytes,
  received_bytes, read_bytes, imported_count, skipped_count, failed_count, failures, error_code, error_message, attempts,
  created_at, finished_at`

const maxListedFailures = 100

async function one(query: Promise<{ rows: ImportRow[] }>): Promise<ImportRow | undefined> {
  return (await query).rows[0]
}

export const importStore = {
  insert: (
    tx: Tx,
    row: Pick<ImportRow, 'owner_id' | 'id' | 'mail_account_id' | 'folder_id' | 'format' | 'filename' | 'is_read'>,
  ): Promise<ImportRow | undefined> =>
    one(
      sql<ImportRow>`
        insert into mail_import (owner_id, id, mail_account_id, folder_id, format, filename, is_read)
        values (${row.owner_id}, ${row.id}, ${row.mail_account_id}, ${row.folder_id}, ${row.format}, ${row.filename},
          ${row.is_read})
        returning ${columns}`.execute(tx),
    ),

  find: (db: Queryable, { ownerId, id }: ImportRef): Promise<ImportRow | undefined> =>
    one(sql<ImportRow>`select ${columns} from mail_import where owner_id = ${ownerId} and id = ${id}`.execute(db)),

  async list(
    db: Queryable,
    ownerId: string,
    { after, limit }: { after: { createdAt: string; id: string } | undefined; limit: number },
  ): Promise<(ImportRow & { key: string })[]> {
    const isAfter = after ? sql`and (created_at, id) < (${after.createdAt}::timestamptz, ${after.id}::uuid)` : sql``
    const { rows } = await sql<ImportRow & { key: string }>`
      select ${columns}, to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as key
      from mail_import where owner_id = ${ownerId} ${isAfter}
      order by created_at desc, id desc limit ${limit}`.execute(db)
    return rows
  },

  /** Adds a piece to the file's end. Undefined when another request was quicker. */
  addPiece: (tx: Tx, { ownerId, id }: ImportRef, piece: Piece): Promise<ImportRow | undefined> =>
    one(
      sql<ImportRow>`
        with grown as (
          update mail_import set received_bytes = received_bytes + ${piece.size}
          where owner_id = ${ownerId} and id = ${id} and state = 'receiving' and received_bytes = ${piece.start}
          returning *
        ), piece as (
          insert into mail_import_piece (owner_id, import_id, start_byte, size_bytes, object)
          select owner_id, id, ${piece.start}::bigint, ${piece.size}::bigint, ${piece.object} from grown
        )
        select ${columns} from grown`.execute(tx),
    ),

  /** All of it is here. */
  complete: (tx: Tx, { ownerId, id }: ImportRef): Promise<ImportRow | undefined> =>
    one(
      sql<ImportRow>`
        update mail_import set state = 'queued', size_bytes = received_bytes, next_attempt_at = now()
        where owner_id = ${ownerId} and id = ${id} and state = 'receiving'
        returning ${columns}`.execute(tx),
    ),

  async piecesFrom(db: Queryable, { ownerId, id }: ImportRef, position: number): Promise<Piece[]> {
    const { rows } = await sql<Piece>`
      select start_byte as start, size_bytes as size, object from mail_import_piece
      where owner_id = ${ownerId} and import_id = ${id} and start_byte + size_bytes > ${position}
      order by start_byte`.execute(db)
    return rows
  },

  /** Forgets the pieces that end before `position`. @returns their objects. */
  async dropPieces(db: Queryable, { ownerId, id }: ImportRef, position: number): Promise<string[]> {
    const { rows } = await sql<{ object: string }>`
      delete from mail_import_piece
      where owner_id = ${ownerId} and import_id = ${id} and start_byte + size_bytes <= ${position}
      returning object`.execute(db)
    return rows.map(({ object }) => object)
  },

  claim: (db: Queryable, { ownerId, id }: ImportRef, claim: string, seconds: number): Promise<ImportRow | undefined> =>
    one(
      sql<ImportRow>`
        update mail_import set state = 'running', claimed_by = ${claim},
          claimed_until = now() + make_interval(secs => ${seconds})
        where owner_id = ${ownerId} and id = ${id} and state in ('queued', 'running') and next_attempt_at <= now()
          and (claimed_until is null or claimed_until < now())
        returning ${columns}`.execute(db),
    ),

  /** Records a step and renews the claim. Undefined when it is somebody else's by now, or the import was cancelled. */
  advance: (
    tx: Tx,
    { ownerId, id }: ImportRef,
    { claim, seconds, step }: { claim: string; seconds: number; step: ImportStep },
  ): Promise<ImportRow | undefined> =>
    one(
      sql<ImportRow>`
        update mail_import set read_bytes = ${step.readBytes}, imported_count = imported_count + ${step.imported},
          skipped_count = skipped_count + ${step.skipped}, failed_count = failed_count + ${step.failures.length},
          failures = jsonb_path_query_array(failures || ${JSON.stringify(step.failures)}::jsonb,
            ${`$[0 to ${maxListedFailures - 1}]`}::jsonpath),
          attempts = 0, claimed_until = now() + make_interval(secs => ${seconds})
        where owner_id = ${ownerId} and id = ${id} and claimed_by = ${claim} and state = 'running'
        returning ${columns}`.execute(tx),
    ),

  /** Ends the claim: `state` says what is next, `retryInSeconds` when. */
  settle: (
    tx: Queryable,
    { ownerId, id }: ImportRef,
    settled: {
      claim: string
      state: 'running' | 'done' | 'failed'
      error?: { code: string; message: string } | undefined
      retryInSeconds?: number
    },
  ): Promise<ImportRow | undefined> =>
    one(
      sql<ImportRow>`
        update mail_import set state = ${settled.state}, claimed_by = null, claimed_until = null,
          error_code = ${settled.error?.code ?? null}, error_message = ${settled.error?.message ?? null},
          attempts = attempts + ${settled.error ? 1 : 0},
          next_attempt_at = now() + make_interval(secs => ${settled.retryInSeconds ?? 0}),
          finished_at = case when ${settled.state === 'done'} then now() end
        where owner_id = ${ownerId} and id = ${id} and claimed_by = ${settled.claim} and state = 'running'
        returning ${columns}`.execute(tx),
    ),

  cancel: (tx: Tx, { ownerId, id }: ImportRef): Promise<ImportRow | undefined> =>
    one(
      sql<ImportRow>`
        update mail_import set state = 'cancelled', finished_at = now(), claimed_by = null, claimed_until = null
        where owner_id = ${ownerId} and id = ${id} and state in ('receiving', 'queued', 'running', 'failed')
        returning ${columns}`.execute(tx),
    ),

  resume: (tx: Tx, { ownerId, id }: ImportRef): Promise<ImportRow | undefined> =>
    one(
      sql<ImportRow>`
        update mail_import set state = 'queued', attempts = 0, next_attempt_at = now(), error_code = null,
          error_message = null
        where owner_id = ${ownerId} and id = ${id} and state = 'failed'
        returning ${columns}`.execute(tx),
    ),

  async due(db: Database, limit: number): Promise<ImportRef[]> {
    const { rows } = await sql<ImportRef>`
      select owner_id as "ownerId", id from mail_import
      where state in ('queued', 'running') and next_attempt_at <= now()
        and (claimed_until is null or claimed_until < now())
      order by next_attempt_at limit ${limit}`.execute(db)
    return rows
  },

  /** Imports that ended, or whose file never came, that long ago. */
  async old(
    db: Database,
    { finishedDays, waitingDays }: { finishedDays: number; waitingDays: number },
  ): Promise<ImportRef[]> {
    const { rows } = await sql<ImportRef>`
      select owner_id as "ownerId", id from mail_import where finished_at < now() - make_interval(days => ${finishedDays})
      union all
      select owner_id, id from mail_import
      where state = 'receiving' and created_at < now() - make_interval(days => ${waitingDays})
      limit 500`.execute(db)
    return rows
  },

  /** @returns the objects that its file lay in. */
  async delete(tx: Tx, { ownerId, id }: ImportRef): Promise<string[]> {
    const { rows } = await sql<{ object: string }>`
      delete from mail_import_piece where owner_id = ${ownerId} and import_id = ${id} returning object`.execute(tx)
    await sql`delete from mail_import where owner_id = ${ownerId} and id = ${id}`.execute(tx)
    return rows.map(({ object }) => object)
  },

  async objectsOf(db: Database, objects: readonly { ownerId: string; object: string }[]): Promise<string[]> {
    const { rows } = await sql<{ object: string }>`
      select piece.object
      from jsonb_to_recordset(${JSON.stringify(objects)}::jsonb) as named ("ownerId" uuid, object text)
      join mail_import_piece as piece on piece.owner_id = named."ownerId" and piece.object = named.object`.execute(db)
    return rows.map(({ object }) => object)
  },

  /** Where the messages of an import go. */
  async target(db: Queryable, ownerId: string, folderId: string) {
    return db
      .selectFrom('mail_folder')
      .select(['id', 'mail_account_id', 'path', 'role', 'is_selectable', 'is_on_server'])
      .where('owner_id', '=', ownerId)
      .where('id', '=', folderId)
      .where('is_deleted', '=', false)
      .executeTakeFirst()
  },
}
