import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import { AppError } from '#platform/errors.ts'
import type { ExportFile } from './person-data.ts'

export type ArchivedFile = { path: string; bytes: number; sha256: string }
/** What could not be had: `code` is that of the failure. A file that broke off is in the archive as far as it came. */
export type MissingFile = { path: string; code: string }
export type Manifest = { files: ArchivedFile[]; missing: MissingFile[] }

/**
 * A zip of `files`, made while it is read; one file after the other, none ever held in memory. Its last entry is
 * `manifest.json`, with the size and the hash of every file, and what is missing.
 * @param onFailure told what the manifest names by its code alone.
 */
export function createArchive(
  files: AsyncIterable<ExportFile>,
  onFailure: (path: string, error: unknown) => void,
): { content: Readable; manifest: Manifest } {
  const manifest: Manifest = { files: [], missing: [] }
  const zip = new ZipFile()
  const content = zip.outputStream as Readable
  zip.on('error', (error) => content.destroy(error))

  const miss = (path: string, error: unknown) => {
    onFailure(path, error)
    manifest.missing.push({ path, code: error instanceof AppError ? error.code : 'internal_error' })
  }

  async function add({ path, open }: ExportFile): Promise<void> {
    const source = await open().catch((error) => miss(path, error))
    if (!source) return
    const stream = Readable.from(measured(path, source), { objectMode: false })
    // Neither the size nor whether it stays below 4 GB is known before.
    zip.addReadStream(stream, path, { mtime: new Date(), forceZip64Format: true })
    await once(stream, 'close')
  }

  async function* measured(path: string, source: Readable): AsyncGenerator<Buffer> {
    const hash = createHash('sha256')
    let bytes = 0
    try {
      for await (const chunk of source as AsyncIterable<Buffer | string>) {
        const buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
        hash.update(buffer)
        bytes += buffer.length
        yield buffer
      }
    } catch (error) {
      miss(path, error)
    }
    manifest.files.push({ path, bytes, sha256: hash.digest('hex') })
  }

  async function fill(): Promise<void> {
    for await (const file of files) {
      if (content.destroyed) return
      await add(file)
    }
    zip.addBuffer(Buffer.from(JSON.stringify(manifest, null, 2)), 'manifest.json')
    zip.end()
  }
  fill().catch((error) => content.destroy(error))
  return { content, manifest }
}
