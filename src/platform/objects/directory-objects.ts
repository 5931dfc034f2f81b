import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import type { Objects } from './objects.ts'

const keyPattern = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/

/** Objects as files below one directory; a file is written beside its place, synced and renamed. */
export function createDirectoryObjects(directory: string): Objects {
  const pathOf = (key: string) => {
    if (!keyPattern.test(key)) throw new Error(`Not an object key: ${JSON.stringify(key)}`)
    return join(directory, key)
  }
  const objects: Objects = {
    async put(key, content) {
      const path = pathOf(key)
      const draft = `${path}.${randomUUID()}.draft`
      try {
        await makeDirectory(dirname(path))
        const size = await writeSynced(draft, content)
        await rename(draft, path)
        await syncDirectory(dirname(path))
        return { size }
      } catch (error) {
        if (content instanceof Readable) content.destroy()
        await rm(draft, { force: true }).catch(ignoreMissing)
        throw error
      }
    },
    async get(key, range) {
      const file = await open(pathOf(key), 'r').catch(ignoreMissing)
      // Size and content are those of one file, even when another takes its place meanwhile.
      const found = await file?.stat()
      if (file && found?.isFile()) return { size: found.size, content: file.createReadStream(range) }
      await file?.close()
    },
    async delete(key) {
      const removed = unlink(pathOf(key)).then(() => true)
      return (await removed.catch(ignoreMissing)) ?? false
    },
    async check() {
      const key = `probe/${randomUUID()}`
      await objects.put(key, Buffer.from(key))
      const read = await objects.get(key)
      const content = read ? Buffer.concat(await read.content.toArray()).toString() : ''
      if (!(await objects.delete(key)) || content !== key) throw new Error('The probe object did not come back whole.')
    },
  }
  return objects
}

async function writeSynced(path: string, content: Readable | Buffer): Promise<number> {
  const file = await open(path, 'wx', 0o600)
  try {
    const source = content instanceof Readable ? content : Readable.from([content])
    let size = 0
    for await (const chunk of source) {
      await file.writeFile(chunk)
      size += Buffer.byteLength(chunk)
    }
    await file.sync()
    return size
  } finally {
    await file.close()
  }
}

/** Makes a directory whose whole path survives a power cut: each new name is synced into its parent. */
async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true })
  if (first === undefined) return
  for (let made = resolve(path); ; made = dirname(made)) {
    await syncDirectory(dirname(made))
    if (made === resolve(first)) return
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (!missing.has(error.code ?? '')) throw error
}

const missing = new Set(['ENOENT', 'ENOTDIR', 'EISDIR'])
