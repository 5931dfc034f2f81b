import { Readable } from 'node:stream'
import type { Database, Transact } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { ObjectReferences } from '#platform/objects/orphan-collection.ts'
import { type ImportRef, importStore } from './import-store.ts'

/** What a broken upload loses at most, and what is kept of a file that is being read. */
const pieceBytes = 8 * 1024 * 1024

export type ImportContentDeps = { database: Database; transact: Transact; objects: Objects }

export type ImportContent = ReturnType<typeof createImportContent>

/** Files to be imported: they come and go in pieces, so that an upload goes on where it broke off. */
export function createImportContent({ database, transact, objects }: ImportContentDeps) {
  async function keepPiece(ref: ImportRef, start: number, source: PieceSource): Promise<number> {
    const object = `imports/${ref.ownerId}/${newId()}`
    const { size } = await objects.put(object, Readable.from(source.piece(pieceBytes), { objectMode: false }))
    const added = size > 0 && (await transact((tx) => importStore.addPiece(tx, ref, { start, size, object })))
    if (added) return size
    await objects.delete(object)
    if (size > 0) throw offsetMismatch()
    return 0
  }

  return {
    /**
     * Adds bytes to the end of a file that is there up to `start`, piece by piece; those that came before a break stay.
     * @returns how much of it is there now.
     * @throws AppError `mail.import_offset_mismatch` when another request brought these bytes, `request_body_too_large`,
     *   `object_store_unavailable`; what broke the stream.
     */
    async receive(ref: ImportRef, start: number, bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<number> {
      const source = createPieceSource(bytes, maxBytes - start)
      let position = start
      for (
        let added = await keepPiece(ref, position, source);
        added > 0;
        added = await keepPiece(ref, position, source)
      ) {
        position += added
      }
      source.rethrow()
      return position
    },

    /** The file from `position` on. */
    async *read(ref: ImportRef, position: number): AsyncGenerator<Uint8Array> {
      for (const { start, size, object } of await importStore.piecesFrom(database, ref, position)) {
        const found = await objects.get(object, { start: Math.max(0, position - start), end: size - 1 })
        if (!found) throw new Error(`A piece of an import is gone: ${object}`)
        yield* found.content
      }
    },

    /** Forgets what was read. */
    async drop(ref: ImportRef, position: number): Promise<void> {
      for (const object of await importStore.dropPieces(database, ref, position)) await objects.delete(object)
    },
  }
}

type PieceSource = ReturnType<typeof createPieceSource>

/** Cuts a stream into pieces. One that breaks ends the piece, which is kept; `rethrow` tells of it after that. */
function createPieceSource(bytes: AsyncIterable<Uint8Array>, maxBytes: number) {
  const iterator = bytes[Symbol.asyncIterator]()
  let rest: Uint8Array | undefined
  let fault: unknown
  let total = 0
  let isEnded = false

  async function next(): Promise<Uint8Array | undefined> {
    if (isEnded) return undefined
    try {
      const { done, value } = await iterator.next()
      if (done) isEnded = true
      else total += value.length
      if (total > maxBytes) throw tooLarge()
      return done ? undefined : value
    } catch (error) {
      isEnded = true
      fault = error instanceof AppError ? error : brokenOff(error)
    }
  }

  return {
    async *piece(size: number): AsyncGenerator<Uint8Array> {
      for (let missing = size; missing > 0; ) {
        const chunk = rest ?? (await next())
        rest = undefined
        if (!chunk) return
        const taken = chunk.subarray(0, missing)
        if (taken.length < chunk.length) rest = chunk.subarray(taken.length)
        missing -= taken.length
        yield taken
      }
    },
    rethrow(): void {
      if (fault) throw fault
    },
  }
}

export const offsetMismatch = () =>
  new AppError(
    'conflict',
    'mail.import_offset_mismatch',
    'The file is here up to another byte than these begin at; go on at received_bytes of the import.',
  )

const brokenOff = (cause: unknown) =>
  new AppError('invalid', 'client_closed_request', 'You closed the request.', { cause })

export const tooLarge = () =>
  new AppError('invalid', 'request_body_too_large', 'The file is larger than MAIL_IMPORT_MAX_BYTES allows; split it.')

/** Pieces, `imports/<owner>/<id>`, are in use as long as their row is there. */
export const importObjects = (database: Database): ObjectReferences => ({
  prefix: 'imports/',
  async isReferenced(keys) {
    const objects = keys.map((object) => ({ ownerId: object.split('/')[1] ?? '', object }))
    return new Set(await importStore.objectsOf(database, objects))
  },
})
