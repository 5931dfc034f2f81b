import { randomUUID } from 'node:crypto'
import { createReadStream, fstat, open as openFile } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { AppError } from '#platform/errors.ts'
import { ignoreMissing, walkObjects } from './directory-listing.ts'
import { checkKey, checkLimit, checkPrefix, checkRange } from './object-key.ts'
import { readSource } from './object-source.ts'
import type { ByteRange, ObjectEntry, Objects } from './objects.ts'

const openDescriptor = promisify(openFile)
const statDescriptor = promisify(fstat)

/**
 * Objects as files below one directory; a file is written to `.drafts`, synced and renamed to its place. `put` throws
 * AppError `unavailable` while the disk is full.
 */
export function createDirectoryObjects(directory: string): Objects {
  const drafts = join(directory, '.drafts')
  const pathOf = (key: string) => {
    checkKey(key)
    return join(directory, key)
  }
  const objects: Objects = {
    async put(key, content) {
      const path = pathOf(key)
      const draft = join(drafts, `${randomUUID()}.draft`)
      const source = readSource(content)
      try {
        for (const needed of [drafts, dirname(path)]) await makeDirectory(needed)
        await writeSynced(draft, source.chunks())
        await rename(draft, path)
        await syncDirectory(dirname(path))
        return { size: source.progress.size }
      } catch (error) {
        source.destroy()
        await rm(draft, { force: true }).catch(ignoreMissing)
        throw isDiskFull(error) ? noRoom(error) : error
      }
    },
    async get(key, range) {
      const path = pathOf(key)
      checkRange(range)
      return openWhole(path, range)
    },
    async delete(key) {
      const removed = unlink(pathOf(key)).then(() => true)
      return (await removed.catch(ignoreMissing)) ?? false
    },
    async list(prefix, { after = '', limit = 1000 } = {}) {
      checkPrefix(prefix)
      checkLimit(limit)
      const entries: ObjectEntry[] = []
      for await (const entry of walkObjects(directory, { prefix, after })) {
        entries.push(entry)
        if (entries.length === limit) break
      }
      return entries
    },
    presign: async () => undefined,
    collectDrafts: (before) => removeOlder(drafts, before),
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

const isDiskFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException | null)?.code ?? '')

function noRoom(cause: unknown): AppError {
  const message = 'There is no room for files at the moment; try again later, and tell your administrator.'
  return new AppError('unavailable', 'unavailable', message, { cause, retryAfterSeconds: 60 })
}

/**
 * Size and content are those of one file, even when another takes its place meanwhile. A plain descriptor, not a
 * FileHandle: one that a caller forgot would end the process when it is collected as garbage.
 */
async function openWhole(path: string, range: ByteRange | undefined) {
  const fd = await openDescriptor(path, 'r').catch(ignoreMissing)
  if (fd === undefined) return undefined
  const content = createReadStream(path, { ...range, fd })
  const found = await statDescriptor(fd)
  if (found.isFile()) return { size: found.size, content }
  content.destroy()
}

async function writeSynced(path: string, chunks: AsyncIterable<Buffer>): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    for await (const chunk of chunks) await file.writeFile(chunk)
    await file.sync()
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

async function removeOlder(directory: string, before: Date): Promise<number> {
  let removed = 0
  for (const name of (await readdir(directory).catch(ignoreMissing)) ?? []) {
    const path = join(directory, name)
    const found = await stat(path).catch(ignoreMissing)
    if (!found?.isFile() || found.mtime >= before) continue
    await rm(path, { force: true })
    removed += 1
  }
  return removed
}
