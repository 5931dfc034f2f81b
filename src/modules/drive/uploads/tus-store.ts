import type { Readable } from 'node:stream'
import { DataStore, Metadata, Upload } from '@tus/server'
import { wishOf } from './upload-metadata.ts'
import { lifetimeHours, type Uploads } from './uploads.ts'

/**
 * What @tus/server keeps uploads in, for one request of one owner. `body` is what the request brings: it is read as it
 * comes, rather than by the copy of it that the server hands over.
 */
export function createTusStore(uploads: Uploads, ownerId: string, body: Readable): DataStore {
  return new (class extends DataStore {
    override extensions = ['creation', 'creation-with-upload', 'termination', 'expiration']

    override async create(upload: Upload): Promise<Upload> {
      const { id, size = 0, metadata = {} } = upload
      const kept = Metadata.stringify(metadata)
      await uploads.create(ownerId, id, { ...wishOf(metadata), size, metadata: kept })
      return upload
    }

    override async write(copy: Readable, id: string, offset: number): Promise<number> {
      copy.resume()
      return uploads.append(ownerId, id, offset, body)
    }

    override async getUpload(id: string): Promise<Upload> {
      const row = await uploads.view(ownerId, id)
      return new Upload({
        ...{ id, size: row.size, offset: row.received, creation_date: row.touched_at.toISOString() },
        ...(row.metadata !== '' && { metadata: Metadata.parse(row.metadata) }),
      })
    }

    override remove = (id: string): Promise<void> => uploads.remove(ownerId, id)

    override getExpiration = (): number => lifetimeHours * 3_600_000
  })()
}
