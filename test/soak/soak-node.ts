import { startUltid, type Ultid } from '../harness/processes.ts'

type NodePorts = { api: number; issuer: number }
export type NodeOfSoak = Awaited<ReturnType<typeof createNode>>

/** A node that is killed and comes back under its address. */
export async function createNode(name: string, environment: Record<string, string>, ports: NodePorts) {
  const launch = () => startUltid(environment, { port: ports.api, readyWithinMs: 90_000 })
  const earlier: string[] = []
  let running: Ultid = await launch()
  let startedAt = Date.now()
  let isWanted = true

  return {
    ...{ name, ports, url: running.url },
    pid: () => running.pid,
    /** When the process that runs now began, in milliseconds since 1970. */
    startedAt: () => startedAt,
    hasEndedUnasked: () => isWanted && running.hasExited(),
    /** Of all processes that it was. */
    logs: () => [...earlier, ...running.logs],
    async killAndReturn(): Promise<void> {
      isWanted = false
      await running.kill('SIGKILL')
      earlier.push(...running.logs)
      running = await launch()
      startedAt = Date.now()
      isWanted = true
    },
    async close(): Promise<void> {
      isWanted = false
      await running.kill('SIGKILL')
    },
  }
}
