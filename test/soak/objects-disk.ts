import { execFile } from 'node:child_process'
import { mkdir, open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const megabytes = 256

/** A directory for objects on a small disk of its own where root may make one: a disk that can be full. */
export async function mountObjects(dir: string) {
  const path = join(dir, 'objects')
  const ballast = join(path, 'ballast')
  await mkdir(path)
  const isOwn = await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path])
    .then(() => true)
    .catch(() => false)
  return {
    path,
    /** Otherwise it cannot be filled without harm to others. */
    isOwn,
    async fill(): Promise<void> {
      const { bavail, bsize } = await statfs(path)
      const file = await open(ballast, 'w')
      const block = Buffer.alloc(bsize)
      try {
        for (let at = 0; at < bavail; at++) await file.write(block)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      } finally {
        await file.close()
      }
    },
    clear: () => rm(ballast, { force: true }),
    async close(): Promise<void> {
      if (isOwn) await run('umount', ['-l', path])
    },
  }
}
