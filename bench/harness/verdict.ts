import { loadavg } from 'node:os'

/** A figure beside what it is to be. */
export type Verdict = { what: string; measured: number; unit: string; atMost: number }

const shown = (value: number) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2))

/** Prints figures with their targets, and how busy the machine was besides. */
export function printVerdicts(title: string, verdicts: readonly Verdict[]): void {
  const load = loadavg().map((one) => one.toFixed(1))
  console.log(`\n${title} (load average ${load.join(', ')})`)
  const width = Math.max(...verdicts.map(({ what }) => what.length))
  for (const { what, measured, unit, atMost } of verdicts) {
    const result = measured <= atMost ? 'met' : 'MISSED'
    console.log(
      `  ${what.padEnd(width)}  ${`${shown(measured)} ${unit}`.padStart(12)}  ≤ ${shown(atMost)} ${unit}  ${result}`,
    )
  }
}
