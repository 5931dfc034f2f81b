import type { EventFollower } from '../../fixtures/event-follower.ts'
import type { Inhabitant } from '../population.ts'
import type { Window } from '../schedule.ts'
import type { Traffic } from '../traffic.ts'
import type { Vitals } from '../vitals.ts'
import type { World } from '../world.ts'

/** One promise held against what was found. `seen`: what was looked at, for the report. */
export type Finding = { promise: string; seen: string; violations: string[] }

export type Followers = { socket: EventFollower; stream: EventFollower }

/** All that a run left behind. `followers` and `base` are in the order of `inhabitants` and of the nodes. */
export type Evidence = {
  world: World
  inhabitants: readonly Inhabitant[]
  followers: readonly Followers[]
  traffic: Traffic
  windows: readonly Window[]
  vitals: ReadonlyMap<string, Vitals[]>
  base: readonly (Vitals | undefined)[]
  /** Of an endpoint that takes `mail.message_created` of the first inhabitant. */
  webhookId: string
}

/** How often each value comes. */
export function countEach(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

/** What one list has and the other lacks, as sentences. */
export function difference(
  one: readonly string[],
  other: readonly string[],
  [nameOfOne, nameOfOther]: [string, string],
): string[] {
  const [ofOne, ofOther] = [new Set(one), new Set(other)]
  return [
    ...one.filter((item) => !ofOther.has(item)).map((item) => `only ${nameOfOne}: ${item}`),
    ...other.filter((item) => !ofOne.has(item)).map((item) => `only ${nameOfOther}: ${item}`),
  ]
}
