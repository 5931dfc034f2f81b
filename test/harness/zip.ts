import { fromBuffer } from 'yauzl'

/** The files of a zip by their names, as text. */
export async function unzip(bytes: Buffer): Promise<Record<string, string>> {
  const files = Object.entries(await unzipBytes(bytes))
  return Object.fromEntries(files.map(([name, content]) => [name, content.toString()]))
}

/** The files of a zip by their names. */
export function unzipBytes(bytes: Buffer): Promise<Record<string, Buffer>> {
  const { promise, resolve, reject } = Promise.withResolvers<Record<string, Buffer>>()
  const files: Record<string, Buffer> = {}
  fromBuffer(bytes, { lazyEntries: true }, (error, zip) => {
    if (error) return reject(error)
    zip.on('entry', (entry) => {
      zip.openReadStream(entry, async (failure, stream) => {
        if (failure) return reject(failure)
        files[entry.fileName] = Buffer.concat(await stream.toArray())
        zip.readEntry()
      })
    })
    zip.on('end', () => resolve(files))
    zip.on('error', reject)
    zip.readEntry()
  })
  return promise
}
