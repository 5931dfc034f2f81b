import { createHash } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import type { PermissionTable } from '#platform/auth/permissions.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { newId } from '#platform/ids.ts'
import { enqueue, handleJob, jobName, type Sweep } from '#platform/jobs/jobs.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { ObjectReferences } from '#platform/objects/orphan-collection.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type Caller, recordChange } from '../changes.ts'
import { personStore } from '../people/person-store.ts'
import { requireNoMorePrivilege } from '../people/privilege.ts'
import { createArchive } from './archive.ts'
import { type ExportKey, type ExportRow, exportStore as store } from './export-store.ts'
import type { ExportFile, PersonData } from './person-data.ts'

export type ExportDeps = {
  database: Database
  transact: Transact
  objects: Objects
  log: Logger
  permissionTable: PermissionTable
  data: readonly PersonData[]
  /** Columns that are in no archive: what is sealed, and hashes of credentials. */
  secretColumns: readonly string[]
}

const prefix = 'person-exports/'
const job = jobName<ExportKey>('admin.person_export')
const rowsAtMost = 100_000
const renewMs = 30_000

export type Exports = ReturnType<typeof createExports>

/** Everything that is a person's, in one archive, made in the background and kept for a week. */
export function createExports(deps: ExportDeps) {
  const { database, transact, objects, log } = deps

  async function* filesOf(personId: string, signal: AbortSignal): AsyncGenerator<ExportFile> {
    for (const one of deps.data) {
      yield* filesOfOwner(one, { ownerId: personId, folder: one.name }, signal)
      const owned = (await one.ownedBy?.(personId)) ?? []
      for (const [at, ownerId] of owned.entries()) {
        yield* filesOfOwner(one, { ownerId, folder: `${one.name}/lent-${at + 1}` }, signal)
      }
    }
  }

  async function* filesOfOwner(
    { tables = [], files }: PersonData,
    { ownerId, folder }: { ownerId: string; folder: string },
    signal: AbortSignal,
  ): AsyncGenerator<ExportFile> {
    for (const table of tables) yield { path: `${folder}/${table}.ndjson`, open: () => rowsOf(table, ownerId) }
    if (files) yield* failingAlone(folder, files(ownerId, signal))
  }

  /** A module that cannot even say what there is keeps none of the others from it. */
  async function* failingAlone(name: string, files: AsyncIterable<ExportFile>): AsyncGenerator<ExportFile> {
    try {
      for await (const file of files) yield { ...file, path: `${name}/${file.path}` }
    } catch (error) {
      yield { path: name, open: () => Promise.reject(error) }
    }
  }

  async function rowsOf(table: string, personId: string): Promise<Readable> {
    const rows = await store.rowsOf(database, table, personId, { without: deps.secretColumns, limit: rowsAtMost })
    return Readable.from(rows.map((row) => `${row}\n`))
  }

  async function make(key: ExportKey): Promise<void> {
    const leaseId = newId()
    if (!(await store.claim(database, key, leaseId))) return
    const stop = new AbortController()
    const timer = setInterval(() => {
      store.renew(database, key, leaseId).then(
        (isOurs) => isOurs || stop.abort(new Error('somebody else makes this export')),
        (error) => log.warn({ err: error }, 'the lease of an export could not be renewed'),
      )
    }, renewMs)
    try {
      await put(key, leaseId, stop.signal)
    } catch (error) {
      log.error({ err: error, export: key.id }, 'an export failed')
      await store.finish(database, key, leaseId, {
        errorCode: error instanceof AppError ? error.code : 'internal_error',
      })
    } finally {
      clearInterval(timer)
      stop.abort()
    }
  }

  async function put(key: ExportKey, leaseId: string, signal: AbortSignal): Promise<void> {
    const warn = (path: string, error: unknown) => log.warn({ err: error, path, export: key.id }, 'not in an export')
    const { content, manifest } = createArchive(filesOf(key.ownerId, signal), warn)
    const hash = createHash('sha256')
    const through = new PassThrough()
    content.on('data', (chunk: Buffer) => hash.update(chunk)).on('error', (error) => through.destroy(error))
    signal.addEventListener('abort', () => content.destroy(), { once: true })
    const object = `${prefix}${key.ownerId}/${leaseId}`
    const { size } = await objects.put(object, content.pipe(through))
    const report = { file_count: manifest.files.length, missing: manifest.missing, parts: countsOf(manifest.files) }
    const isKept = await store.finish(database, key, leaseId, { object, size, sha256: hash.digest('hex'), report })
    if (!isKept) await objects.delete(object)
  }

  const sweep: Sweep = {
    name: 'admin-exports',
    everySeconds: 60,
    async run() {
      await store.removeExpired(database)
      for (const key of await store.lapsed(database, 20))
        await enqueue(database, job, key, { key: `${job.name}:${key.id}` })
    },
  }
  const references: ObjectReferences = { prefix, isReferenced: (keys) => store.referenced(database, keys) }

  return {
    handler: handleJob(job, make),
    sweep,
    references,

    /** @throws AppError `not_found`, `auth.forbidden`, `admin.export_running`. */
    request: (caller: Caller, personId: string): Promise<Export> =>
      transact(async (tx) => {
        const person = await personStore.lock(tx, personId)
        if (!person) throw notFound('person')
        requireNoMorePrivilege(caller.actor, person.groups, deps.permissionTable)
        const key = { ownerId: personId, id: newId() }
        const row = await store.insert(tx, key, caller.actor.personId)
        if (!row) throw exportRunning()
        await enqueue(tx, job, key, { key: `${job.name}:${key.id}` })
        const change = { action: 'admin.export_requested', target: key.id, before: null, after: null } as const
        await recordChange(tx, caller, { ownerId: personId, ...change })
        return exportOf(row)
      }),

    async list(personId: string, { limit, cursor }: { limit: number; cursor: string | undefined }) {
      const [before] = cursor === undefined ? [undefined] : decodeCursor(cursor, ['uuid'])
      const rows = await store.list(database, personId, { before, limit: limit + 1 })
      const shown = rows.slice(0, limit)
      const last = shown.at(-1)
      return { items: shown.map(exportOf), next_cursor: rows.length > limit && last ? encodeCursor([last.id]) : null }
    },

    /** @throws AppError `not_found`. */
    async view(key: ExportKey): Promise<Export> {
      const row = await store.find(database, key)
      if (!row) throw notFound('export')
      return exportOf(row)
    },

    /** That it was fetched is written down. @throws AppError `not_found`, `auth.forbidden`, `admin.export_not_ready`. */
    async open(caller: Caller, key: ExportKey): Promise<{ content: Readable; size: number }> {
      const [row, person] = await Promise.all([store.find(database, key), personStore.find(database, key.ownerId)])
      if (!row || !person) throw notFound('export')
      requireNoMorePrivilege(caller.actor, person.groups, deps.permissionTable)
      const found = row.object === null ? undefined : await objects.get(row.object)
      if (!found) throw notReady()
      const change = { action: 'admin.export_fetched', target: key.id, before: null, after: null } as const
      await recordChange(database, caller, { ownerId: key.ownerId, ...change })
      return found
    },
  }
}

export type Export = ReturnType<typeof exportOf>

function exportOf({ id, state, size_bytes, sha256, report, error_code, ...row }: ExportRow) {
  return {
    ...{ id, state, size_bytes, sha256, report, error_code },
    created_at: row.created_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
    expires_at: row.expires_at?.toISOString() ?? null,
  }
}

function countsOf(files: readonly { path: string; bytes: number }[]): Record<string, { files: number; bytes: number }> {
  const counts: Record<string, { files: number; bytes: number }> = {}
  for (const { path, bytes } of files) {
    const part = path.split('/')[0] ?? ''
    const { files: count = 0, bytes: sum = 0 } = counts[part] ?? {}
    counts[part] = { files: count + 1, bytes: sum + bytes }
  }
  return counts
}

const exportRunning = () =>
  new AppError('conflict', 'admin.export_running', 'An archive of this person is being made; wait for it.')
const notReady = () =>
  new AppError(
    'conflict',
    'admin.export_not_ready',
    'The archive is not there: it is being made, failed, or has expired.',
  )
