import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { writeResults } from './harness/results.ts'

/**
 * `npm run bench [program…] [--write]`: the programs of this folder in turn, so that none disturbs another. With
 * `--write` docs/benchmarks.md and .json hold what they found.
 */
const here = import.meta.dirname
const programs = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && entry.name !== basename(import.meta.filename))
  .map(({ name }) => name.slice(0, -3))
const isWriting = process.argv.includes('--write')
const chosen = process.argv.slice(2).filter((argument) => argument !== '--write')
const unknown = chosen.filter((name) => !programs.includes(name))
if (unknown.length > 0) {
  console.error(`There is no program ${unknown.join(', ')}; there are ${programs.join(', ')}.`)
  process.exit(2)
}

const directory = mkdtempSync(join(tmpdir(), 'ulti-bench-'))
const results = join(directory, 'results.ndjson')
writeFileSync(results, '')
const env = { ...process.env, ULTI_BENCH_RESULTS: results }
let isCutOff = false
for (const name of chosen.length > 0 ? chosen : programs) {
  if (isCutOff) break
  console.log(`\n── ${name}`)
  const child = spawn(process.execPath, [join(here, `${name}.ts`)], { stdio: 'inherit', env })
  const cutOff = () => {
    isCutOff = true
    process.exitCode = 130
    child.kill('SIGTERM')
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, cutOff)
  const [code] = await once(child, 'close')
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, cutOff)
  if (code !== 0) process.exitCode ??= 1
}
if (isWriting && !isCutOff) writeResults(results)
rmSync(directory, { recursive: true })
