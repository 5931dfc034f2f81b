import type { Random } from '../../fixtures/random-changes.ts'
import type { SoakClient } from '../soak-client.ts'

/** What a simulated user may do next; the weight says how often compared to the others. */
export type Act = { weight: number; run: () => Promise<void> }

/** Somebody simulated: what they do is decided by `random` alone. */
export type SoakUser = { name: string; client: SoakClient; random: Random; others: readonly string[] }

/** What something may be at the end: more than one where nobody knows whether the last change was made. Null: gone. */
export type Allowed = ReadonlySet<string | null>

/** What was written, by its name, as far as the one who wrote it knows. */
export function createLedger() {
  const entries = new Map<string, Set<string | null>>()
  return {
    /** It was answered that it is so now. */
    is: (name: string, value: string | null) => void entries.set(name, new Set([value])),
    /** It was asked for, and there was no answer. */
    mayBe: (name: string, value: string | null) =>
      void entries.set(name, new Set([...(entries.get(name) ?? [null]), value])),
    entries: (): ReadonlyMap<string, Allowed> => entries,
    /** Those that are certainly there. */
    present: (): string[] => [...entries].filter(([, values]) => !values.has(null)).map(([name]) => name),
  }
}
