import type { Ultid } from './ultid.ts'

/** Restarts ultid at each wish and at SIGUSR2, one after the other; several nodes in turn. */
export function createRestarts(ultid: Ultid, say: (line: string) => void) {
  let restarting = Promise.resolve()

  async function restartNow(): Promise<void> {
    const from = performance.now()
    try {
      await ultid.restart()
      say(`ultid restarted in ${((performance.now() - from) / 1000).toFixed(1)} s`)
    } catch (error) {
      say(`${error instanceof Error ? error.message : error}\nThe next change starts ultid again.`)
    }
  }
  const restart = (): void => {
    restarting = restarting.then(restartNow)
  }
  process.on('SIGUSR2', restart)
  return {
    restart,
    async close() {
      process.off('SIGUSR2', restart)
      await restarting
    },
  }
}
