import { watch } from 'node:fs'
import { join } from 'node:path'
import { projectDir } from './state.ts'

/** Calls `restart` when a file below `src/` or `migrations/` changes; a burst of changes counts as one. */
export function restartOnChange(restart: () => void) {
  let timer: NodeJS.Timeout | undefined

  const schedule = (_event: string, name: string | null) => {
    if (name && !/\.(ts|sql|json)$/.test(name)) return
    clearTimeout(timer)
    timer = setTimeout(restart, 100)
  }
  const watchers = ['src', 'migrations'].map((name) => watch(join(projectDir, name), { recursive: true }, schedule))
  return {
    async close() {
      for (const watcher of watchers) watcher.close()
      clearTimeout(timer)
    },
  }
}
