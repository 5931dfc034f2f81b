import { appendFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import './cut-off.ts'

/** A figure beside what it is to be. */
export type Verdict = { what: string; measured: number; unit: string } & ({ atMost: number } | { atLeast: number })

/** A verdict as `npm run bench` keeps it. */
export type Result = {
  title: string
  what: string
  measured: number
  unit: string
  target: string
  isMet: boolean
  load: number
}

const shown = (value: number) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2))

/** Prints figures with their targets, and how busy the machine was besides; hands them to `npm run bench` too. */
export function printVerdicts(title: string, verdicts: readonly Verdict[]): void {
  const load = loadavg().map((one) => one.toFixed(1))
  console.log(`\n${title} (load average ${load.join(', ')})`)
  const width = Math.max(...verdicts.map(({ what }) => what.length))
  for (const { what, measured, unit, ...limit } of verdicts) {
    const isMet = 'atMost' in limit ? measured <= limit.atMost : measured >= limit.atLeast
    const target = 'atMost' in limit ? `≤ ${shown(limit.atMost)}` : `≥ ${shown(limit.atLeast)}`
    console.log(
      `  ${what.padEnd(width)}  ${`${shown(measured)} ${unit}`.padStart(12)}  ${target} ${unit}  ${isMet ? 'met' : 'MISSED'}`,
    )
    const result: Result = { title, what, measured, unit, target: `${target} ${unit}`, isMet, load: Number(load[0]) }
    const file = process.env.ULTI_BENCH_RESULTS
    if (file) appendFileSync(file, `${JSON.stringify(result)}\n`)
  }
}
