import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { NodeOfSoak } from './soak-node.ts'

/** What a process holds. `timers`: those of Node that are pending. `oldSpace`: bytes that survived collections. */
export type Vitals = { at: number; pid: number; files: number; timers: number; resident: number; oldSpace: number }

/** Of a node now; undefined while it is away. */
export async function readVitals(node: NodeOfSoak): Promise<Vitals | undefined> {
  try {
    const pid = node.pid()
    const files = (await readdir(`/proc/${pid}/fd`)).length
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    const answer = await fetch(`${node.url}/metrics`, { signal: AbortSignal.timeout(2000) })
    const metrics = await answer.text()
    return {
      ...{ at: Date.now(), pid, files },
      timers: numberIn(metrics, /^ultid_nodejs_active_resources\{type="Timeout"\} (\S+)$/m),
      resident: numberIn(status, /^VmRSS:\s+(\d+) kB$/m) * 1024,
      oldSpace: numberIn(metrics, /^ultid_nodejs_heap_space_size_used_bytes\{space="old"\} (\S+)$/m),
    }
  } catch {
    return undefined
  }
}

const numberIn = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? Number.NaN)

/** Looks every few seconds until `signal` is aborted; what it saw, by node. */
export async function watchVitals(nodes: readonly NodeOfSoak[], signal: AbortSignal): Promise<Map<string, Vitals[]>> {
  const seen = new Map<string, Vitals[]>(nodes.map(({ name }) => [name, []]))
  while (!signal.aborted) {
    for (const node of nodes) {
      const vitals = await readVitals(node)
      if (vitals) seen.get(node.name)?.push(vitals)
    }
    await delay(2000, undefined, { signal }).catch(() => undefined)
  }
  return seen
}
