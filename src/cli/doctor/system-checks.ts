import { mkdir, statfs } from 'node:fs/promises'
import type { Config, Secrets } from '#config/config.ts'
import { probeRedis } from '#platform/cache/redis-probe.ts'
import type { Objects } from '#platform/objects/objects.ts'
import { type Check, failed, ok, warning } from './check.ts'

export function cacheCheck({ cacheUrl }: Pick<Secrets, 'cacheUrl'>): Check {
  return {
    name: 'cache',
    advice: 'Start KeyDB, or correct ULTID_CACHE_URL. ultid works without it, more slowly; several nodes need it.',
    run: async () => {
      if (cacheUrl === undefined) return ok('in the process itself, which is right for a single node')
      return ok(`version ${await probeRedis(cacheUrl)}`)
    },
  }
}

export function objectsCheck(config: Config['objects'], objects: Objects): Check {
  const isDirectory = config.kind === 'directory'
  return {
    name: 'objects',
    advice: isDirectory
      ? 'Make ULTID_OBJECTS_DIR writable for the user that ultid runs as.'
      : 'Check ULTID_S3_ENDPOINT, the bucket, and the keys.',
    run: async () => {
      await objects.check()
      return ok(`written, read and deleted in ${isDirectory ? config.directory : `the bucket ${config.bucket}`}`)
    },
  }
}

const littleBytes = 1024 ** 3
const leastBytes = 100 * 1024 ** 2

/** Only the directory store has a disk of ours. */
export function diskChecks(config: Config['objects']): Check[] {
  if (config.kind !== 'directory') return []
  const { directory } = config
  const advice = 'Make room there, or move ULTID_OBJECTS_DIR.'
  return [
    {
      name: 'disk',
      advice,
      run: async () => {
        await mkdir(directory, { recursive: true, mode: 0o700 })
        const { bavail, bsize, blocks } = await statfs(directory)
        const free = bavail * bsize
        const detail = `${(free / 1024 ** 3).toFixed(1)} GiB free of ${((blocks * bsize) / 1024 ** 3).toFixed(1)} at ${directory}`
        if (free < leastBytes) return failed(detail, advice)
        return free < littleBytes ? warning(detail, advice) : ok(detail)
      },
    },
  ]
}
