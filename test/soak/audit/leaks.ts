import assert from 'node:assert/strict'
import { eventually } from '../../harness/eventually.ts'
import { readVitals, type Vitals } from '../vitals.ts'
import type { Evidence, Finding } from './finding.ts'

/** Mailboxes that a node took over, a pool of connections that was smaller before. */
const spare = { files: 40, timers: 60 }
const patience = { timeoutMs: 90_000, everyMs: 2000 }
/** A shorter run says nothing about memory. */
const shortestMinutes = 8
const warmUpMs = 90_000
const mostGrowthPerMinute = 2 * 1024 * 1024

/** Once everybody has left, each node holds what it held before they came. */
export async function auditLeaks({ world, base }: Evidence): Promise<Finding> {
  const violations: string[] = []
  const seen: string[] = []
  for (const [at, node] of world.nodes.entries()) {
    const before = base[at]
    let now: Vitals | undefined
    const compare = async () => {
      now = await readVitals(node)
      assert.ok(before && now)
      assert.ok(now.files <= before.files + spare.files && now.timers <= before.timers + spare.timers)
    }
    await eventually(compare, patience).catch(() =>
      violations.push(`${node.name}: ${describe(before)} became ${describe(now)}`),
    )
    seen.push(`${node.name} ${before?.files} → ${now?.files} files, ${before?.timers} → ${now?.timers} timers`)
  }
  return { promise: 'No socket, file or timer is left behind', seen: seen.join('; '), violations }
}

const describe = (vitals: Vitals | undefined) =>
  vitals ? `${vitals.files} files, ${vitals.timers} timers` : 'no answer'

/** Of the process that lived longest, once it was warm: what outlives collections does not grow. */
export async function auditMemory({ vitals }: Evidence): Promise<Finding> {
  const lives = [...vitals.values()].flatMap((samples) => [...Map.groupBy(samples, ({ pid }) => pid).values()])
  const [longest = []] = lives.toSorted((one, other) => spanOf(other) - spanOf(one))
  const warm = longest.filter(({ at }) => at - (longest[0]?.at ?? 0) > warmUpMs)
  const growth = slopeOf(warm)
  const isLong = spanOf(warm) > shortestMinutes * 60_000
  const megabytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(1)
  const peak = Math.max(...longest.map(({ resident }) => resident))
  return {
    promise: 'Memory does not grow',
    seen:
      `old space ${growth >= 0 ? '+' : ''}${megabytes(growth)} MB a minute over ${(spanOf(warm) / 60_000).toFixed(1)} minutes` +
      `${isLong ? '' : ' (too few to judge)'}, at most ${megabytes(peak)} MB resident`,
    violations: isLong && growth > mostGrowthPerMinute ? [`${megabytes(growth)} MB a minute`] : [],
  }
}

const spanOf = (samples: readonly Vitals[]): number => (samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0)

/** Bytes a minute: from the least of the first third to the least of the last, of which no collection is long ago. */
function slopeOf(samples: readonly Vitals[]): number {
  const third = Math.floor(samples.length / 3)
  const [first, last] = [samples.slice(0, third), samples.slice(-third)].map((some) =>
    some.toSorted((one, other) => one.oldSpace - other.oldSpace).at(0),
  )
  if (third === 0 || !first || !last) return 0
  return ((last.oldSpace - first.oldSpace) / (last.at - first.at)) * 60_000
}

/** No node ended by itself, and none logged what it did not understand. */
export async function auditLogs({ world }: Evidence): Promise<Finding> {
  const violations: string[] = []
  let lines = 0
  for (const node of world.nodes) {
    if (node.hasEndedUnasked()) violations.push(`${node.name} ended: ${node.logs().slice(-3).join(' ')}`)
    for (const line of node.logs()) {
      lines++
      if (/"level":60|unhandled|uncaught|TypeError|ReferenceError|RangeError|MaxListeners/i.test(line)) {
        violations.push(`${node.name}: ${line.slice(0, 600)}`)
      }
    }
  }
  return { promise: 'Nodes stand, and understand what befalls them', seen: `${lines} lines of log`, violations }
}
