import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

export type Blobs = Awaited<ReturnType<typeof openBlobs>>

/** The files, each named by an id. */
export async function openBlobs(stateDir: string) {
  const dir = join(stateDir, 'blobs')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const path = (name: string) => join(dir, name)
  return {
    path,
    async write(name: string, content: Readable): Promise<{ size: number; checksum: string }> {
      const hash = createHash('sha1')
      let size = 0
      const measure = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          size += chunk.byteLength
          hash.update(chunk)
          done(null, chunk)
        },
      })
      try {
        await pipeline(content, measure, createWriteStream(path(name)))
      } catch (error) {
        await rm(path(name), { force: true })
        throw error
      }
      return { size, checksum: hash.digest('base64') }
    },
    sizeOf: async (name: string): Promise<number | undefined> =>
      stat(path(name)).then(
        ({ size }) => size,
        () => undefined,
      ),
    read: (name: string, range: { start: number; end: number }) => createReadStream(path(name), range),
    remove: (name: string) => rm(path(name), { force: true }),
  }
}
