import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import type { Result } from './verdict.ts'

const docs = resolve(import.meta.dirname, '../../docs')

/**
 * Writes docs/benchmarks.md and docs/benchmarks.json from the verdicts in `file`, one JSON object a line. What programs
 * found that were not run this time stays.
 */
export function writeResults(file: string): void {
  const found = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Result)
  const titles = new Set(found.map(({ title }) => title))
  const results = [...earlier().filter(({ title }) => !titles.has(title)), ...found]
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  const [cpu] = cpus()
  const machine = {
    cores: cpus().length,
    processor: cpu?.model ?? 'unknown',
    memory_gb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    commit,
    date: new Date().toISOString().slice(0, 10),
  }
  writeFileSync(join(docs, 'benchmarks.json'), `${JSON.stringify({ machine, results }, null, 2)}\n`)
  writeFileSync(join(docs, 'benchmarks.md'), page(machine, results))
}

function earlier(): Result[] {
  const file = join(docs, 'benchmarks.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { results: Result[] }).results : []
}

function page(machine: Readonly<Record<string, string | number>>, results: readonly Result[]): string {
  const { cores, processor, memory_gb, node, commit, date } = machine
  const digits = (value: number) => value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)
  const rows = results.map(
    ({ title, what, measured, unit, target, isMet, load }) =>
      `| ${title} | ${what} | ${digits(measured)} ${unit} | ${target} | ${isMet ? 'met' : '**missed**'} | ${load} |`,
  )
  return `# Figures

What \`npm run bench -- --write\` found, last on ${date}, commit ${commit}, ${cores} cores (${processor}), ${memory_gb} GiB, Node ${node}. Each
figure is a median of several runs, and where it is a ratio, of ratios to a peer in the same run. The load is the
machine's average over the last minute when the figure was printed, our own work included.

| program | figure | measured | target | | load |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`
}
