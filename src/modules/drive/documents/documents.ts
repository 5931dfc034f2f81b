import { Readable } from 'node:stream'
import { AppError } from '#platform/errors.ts'
import type { Changes } from '../changes/changes.ts'
import { alreadyExists, place } from '../changes/conflict.ts'
import type { Contents } from '../content/contents.ts'
import { type DrivePath, invalidName, nameOf } from '../drive-path.ts'
import type { Item } from '../items/item.ts'
import { blankDocument, type DocumentType } from './blank-documents.ts'

export type Documents = ReturnType<typeof createDocuments>

/** Documents with nothing in them, to begin with. */
export function createDocuments({ contents, changes }: { contents: Contents; changes: Changes }) {
  return {
    /** The name is given the type's ending where it has none. @throws AppError `already_exists`, `parent_not_found` */
    async create(ownerId: string, type: DocumentType, path: DrivePath, conflict: 'fail' | 'rename'): Promise<Item> {
      if (nameOf(path) === '') throw invalidName()
      const wanted = path.toLowerCase().endsWith(`.${type}`) ? path : `${path}.${type}`
      const bytes = await blankDocument(type)
      let made: Item | undefined
      await place(wanted, conflict, changes.namesLike(ownerId), async (free) => {
        made = await write(ownerId, free, bytes)
      })
      if (!made) throw new Error('Nothing was made.')
      return made
    },
  }

  async function write(ownerId: string, path: DrivePath, bytes: Buffer): Promise<Item> {
    try {
      const content = Readable.from([bytes], { objectMode: false })
      const options = { content, contentLength: bytes.byteLength, ifNoneMatch: '*' }
      return (await contents.write(ownerId, path, options)).item
    } catch (error) {
      const isTaken = error instanceof AppError && /^(etag_mismatch|drive\.is_folder)$/.test(error.code)
      throw isTaken ? alreadyExists() : error
    }
  }
}
