import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Debian's, by `apt-get install libfaketime`. */
const library = ['x86_64', 'aarch64']
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`)
  .find(existsSync)

/** A clock for a process with `environment` that can be set while it runs. Monotonic time is left alone. */
export async function startFakeClock(dir: string) {
  const file = join(dir, 'clock')
  const set = (seconds: number) => writeFile(file, `${seconds < 0 ? '' : '+'}${seconds}`)
  await set(0)
  const environment: Record<string, string> = library
    ? {
        ...{ LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file },
        ...{ FAKETIME_CACHE_DURATION: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' },
      }
    : {}
  return {
    isThere: library !== undefined,
    environment,
    /** Takes a second. */
    set,
    close: async () => undefined,
  }
}
