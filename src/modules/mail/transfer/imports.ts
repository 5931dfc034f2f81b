import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { type Answer, once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import { appendMailEvents } from '../events.ts'
import type { MailPolicies } from '../policies.ts'
import { mailFull, mailRoom, requireMailRoom } from '../storage-room.ts'
import { type ImportContent, offsetMismatch, tooLarge } from './import-content.ts'
import { importUpdated } from './import-events.ts'
import { enqueueImport } from './import-jobs.ts'
import { type ImportRow, importStore } from './import-store.ts'
import { type Import, importOf, type NewImportBody } from './import-wire.ts'

/** Bytes of a file on their way here: where they begin, and how long the file is in all; undefined when they are all. */
export type IncomingBytes = {
  bytes: AsyncIterable<Uint8Array>
  range: { start: number; total: number } | undefined
  /** As announced; too many are refused before the first one. */
  announced: number | undefined
}

export type ImportDeps = {
  database: Database
  transact: Transact
  events: Events
  content: ImportContent
  maxBytes: number
  policies?: Pick<MailPolicies, 'quota'> | undefined
}

export type Imports = ReturnType<typeof createImports>

/** Files of messages that an owner moves in. */
export function createImports({ database, transact, events, content, maxBytes, policies }: ImportDeps) {
  /** One step of an import's life, told by an event. @throws AppError `not_found`, or `refusal` when it cannot be made. */
  const change = (
    ownerId: string,
    id: string,
    step: (tx: Tx) => Promise<ImportRow | undefined>,
    refusal: () => AppError,
  ): Promise<Import> =>
    transact(async (tx) => {
      const row = await step(tx)
      if (!row) throw (await importStore.find(tx, { ownerId, id })) ? refusal() : notFound('import')
      if (row.state === 'queued') await enqueueImport(tx, { ownerId, id })
      await appendMailEvents(events, tx, ownerId, [importUpdated(row)])
      return importOf(row)
    })

  return {
    /**
     * Makes room for a file; its bytes come by `receive`.
     * @throws AppError `not_found` for a folder of somebody else, `mail.folder_not_selectable` for one that holds no
     *   messages, `mail.storage_full`, `idempotency_key_reused`.
     */
    create: (ownerId: string, body: NewImportBody, idempotencyKey: string | undefined): Promise<Answer<Import>> =>
      transact((tx) =>
        once(tx, { ownerId, scope: 'mail.imports', key: idempotencyKey, body }, async () => {
          const folder = await importStore.target(tx, ownerId, body.folder_id)
          if (!folder) throw notFound('folder')
          if (!folder.is_selectable || folder.role === 'snoozed') throw notSelectable()
          await requireMailRoom(tx, policies, ownerId)
          const row = await importStore.insert(tx, {
            ...{ owner_id: ownerId, id: newId(), mail_account_id: folder.mail_account_id, folder_id: folder.id },
            ...{ format: body.format, filename: body.filename ?? '', is_read: body.is_read ?? true },
          })
          if (!row) throw notFound('folder')
          await appendMailEvents(events, tx, ownerId, [importUpdated(row)])
          return { status: 201, body: importOf(row) }
        }),
      ),

    /**
     * Takes bytes of the file, and begins the import once all of them are here.
     * @throws AppError `not_found`, `mail.import_offset_mismatch`, `mail.import_not_receiving`, `mail.storage_full`, and what
     *   ImportContent.receive throws.
     */
    async receive(ownerId: string, id: string, { bytes, range, announced = 0 }: IncomingBytes): Promise<Import> {
      const row = await importStore.find(database, { ownerId, id })
      if (!row) throw notFound('import')
      if ((range?.total ?? announced) > maxBytes) throw tooLarge()
      if (row.state !== 'receiving') throw notReceiving()
      if ((range?.start ?? 0) !== row.received_bytes) throw offsetMismatch()
      const room = await mailRoom(database, policies, ownerId)
      if (room !== undefined && room < (range?.total ?? announced)) throw mailFull()
      const limit = Math.min(maxBytes, room ?? maxBytes)
      const received = await content.receive({ ownerId, id }, row.received_bytes, bytes, limit).catch((error) => {
        throw error instanceof AppError && error.code === 'request_body_too_large' && limit < maxBytes
          ? mailFull()
          : error
      })
      const isComplete = range === undefined || received >= range.total
      if (isComplete) return change(ownerId, id, (tx) => importStore.complete(tx, { ownerId, id }), notReceiving)
      return this.view(ownerId, id)
    },

    /** Newest first. @throws AppError `invalid_request_body` for a foreign cursor. */
    async list(ownerId: string, { cursor, limit }: { cursor: string | undefined; limit: number }) {
      const [createdAt, id] = cursor === undefined ? [] : decodeCursor(cursor, ['time', 'uuid'])
      const after = createdAt !== undefined && id !== undefined ? { createdAt, id } : undefined
      const found = await importStore.list(database, ownerId, { after, limit: limit + 1 })
      const rows = found.slice(0, limit)
      const last = rows.at(-1)
      return {
        items: rows.map(importOf),
        next_cursor: last && found.length > limit ? encodeCursor([last.key, last.id]) : null,
      }
    },

    /** @throws AppError `not_found`. */
    async view(ownerId: string, id: string): Promise<Import> {
      const row = await importStore.find(database, { ownerId, id })
      if (!row) throw notFound('import')
      return importOf(row)
    },

    /** Stops it; what was imported stays. @throws AppError `not_found`, `mail.import_ended`. */
    async cancel(ownerId: string, id: string): Promise<Import> {
      const cancelled = await change(ownerId, id, (tx) => importStore.cancel(tx, { ownerId, id }), ended)
      await content.drop({ ownerId, id }, Number.MAX_SAFE_INTEGER)
      return cancelled
    },

    /** Goes on with one that failed. @throws AppError `not_found`, `mail.import_not_failed`. */
    resume: (ownerId: string, id: string): Promise<Import> =>
      change(ownerId, id, (tx) => importStore.resume(tx, { ownerId, id }), notFailed),
  }
}

const notSelectable = () =>
  new AppError('conflict', 'mail.folder_not_selectable', 'This folder holds no messages; import into another one.')

const notReceiving = () =>
  new AppError('conflict', 'mail.import_not_receiving', 'The file of this import is here already; make another import.')

const ended = () => new AppError('conflict', 'mail.import_ended', 'This import has ended already.')

const notFailed = () =>
  new AppError('conflict', 'mail.import_not_failed', 'Only an import that failed can be resumed; this one has not.')
