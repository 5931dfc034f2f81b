import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../fixtures/random-changes.ts'
import type { Fault } from './faults.ts'

/** When something was wrong, in milliseconds since 1970, until things had to be well again. */
export type Window = { name: string; from: number; to: number }

const calmMs = 6000

/** One fault after another in an order that `random` gives, all of them before any comes again, with calm in between. */
export async function injectFaults(faults: readonly Fault[], random: Random, signal: AbortSignal): Promise<Window[]> {
  const windows: Window[] = []
  let deck: Fault[] = []
  for (;;) {
    await delay(calmMs, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return windows
    if (deck.length === 0) deck = shuffled(faults, random)
    const fault = deck.pop()
    if (!fault) return windows
    const from = Date.now()
    console.log(`  ${new Date(from).toISOString().slice(11, 19)} ${fault.name}`)
    await fault.strike()
    await delay(fault.recoverySeconds * 1000)
    windows.push({ name: fault.name, from, to: Date.now() })
  }
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const rest = [...items]
  const done: T[] = []
  while (rest.length > 0) done.push(...rest.splice(random.below(rest.length), 1))
  return done
}
