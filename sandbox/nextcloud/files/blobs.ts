import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { copyFile, mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

export type Stored = { blob: string; size: number; hashes: Readonly<Record<string, string>> }

export type Blobs = Awaited<ReturnType<typeof openBlobs>>

/** Contents of files, each written once. */
export async function openBlobs(dir: string) {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const place = (blob: string) => join(dir, blob)
  const newName = () => randomBytes(12).toString('hex')
  return {
    /** Whatever fails while it comes leaves nothing behind. */
    async write(content: Readable, algorithms: readonly string[] = []): Promise<Stored> {
      const blob = newName()
      const hashes = algorithms.map((algorithm) => [algorithm, createHash(algorithm)] as const)
      let size = 0
      const count = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          size += chunk.byteLength
          for (const [, hash] of hashes) hash.update(chunk)
          done(null, chunk)
        },
      })
      try {
        await pipeline(content, count, createWriteStream(place(blob)))
      } catch (error) {
        await rm(place(blob), { force: true })
        throw error
      }
      return { blob, size, hashes: Object.fromEntries(hashes.map(([name, hash]) => [name, hash.digest('hex')])) }
    },
    read: (blob: string, range?: { start: number; end: number }): Readable => createReadStream(place(blob), range),
    path: place,
    async copy(blob: string): Promise<string> {
      const copy = newName()
      await copyFile(place(blob), place(copy))
      return copy
    },
    size: async (blob: string): Promise<number> => (await stat(place(blob))).size,
    remove: (blob: string): Promise<void> => rm(place(blob), { force: true }),
  }
}
