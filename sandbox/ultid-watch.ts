import { watch } from 'node:fs'
import { join } from 'node:path'
import { projectDir } from './state.ts'
import type { Ultid } from './ultid.ts'

/** Restarts ultid when a file below `src/` or `migrations/` changes; a burst of changes counts as one. */
export function restartOnChange(ultid: Ultid, say: (line: string) => void) {
  let timer: NodeJS.Timeout | undefined
  let restarting = Promise.resolve()

  const restart = async () => {
    const from = performance.now()
    try {
      await ultid.restart()
      say(`ultid restarted in ${((performance.now() - from) / 1000).toFixed(1)} s`)
    } catch (error) {
      say(`${error instanceof Error ? error.message : error}\nThe next change starts ultid again.`)
    }
  }
  const schedule = (_event: string, name: string | null) => {
    if (name && !/\.(ts|sql|json)$/.test(name)) return
    clearTimeout(timer)
    timer = setTimeout(() => {
      restarting = restarting.then(restart)
    }, 100)
  }
  const watchers = ['src', 'migrations'].map((name) => watch(join(projectDir, name), { recursive: true }, schedule))
  return {
    async close() {
      for (const watcher of watchers) watcher.close()
      clearTimeout(timer)
      await restarting
    },
  }
}
