import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
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
      await mkdir(dirname(path), { recursive: true })
      const draft = `${path}.${randomUUID()}.draft`
      try {
        const size = await writeSynced(draft, content)
        await rename(draft, path)
        await syncDirectory(dirname(path))
        return { size }
      } catch (error) {
        await rm(draft, { force: true })
        throw error
      }
    },
    async get(key, range) {
      const path = pathOf(key)
      const found = await stat(path).catch(ignoreMissing)
      if (!found?.isFile()) return undefined
      return { size: found.size, content: createReadStream(path, range) }
    },
    async delete(key) {
      const path = pathOf(key)
      const found = await stat(path).catch(ignoreMissing)
      await rm(path, { force: true })
      return found !== undefined
    },
    async check() {
      const key = `probe/${randomUUID()}`
      await objects.put(key, Buffer.from(key))
      const read = await objects.get(key)
      read?.content.destroy()
      if (!read || !(await objects.delete(key))) throw new Error('The probe object was written but not found again.')
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

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
}
