import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'

/** `npm run bench [program…]`: the programs of this folder in turn, so that none disturbs another. */
const here = import.meta.dirname
const programs = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && entry.name !== basename(import.meta.filename))
  .map(({ name }) => name.slice(0, -3))
const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !programs.includes(name))
if (unknown.length > 0) {
  console.error(`There is no program ${unknown.join(', ')}; there are ${programs.join(', ')}.`)
  process.exit(2)
}

for (const name of chosen.length > 0 ? chosen : programs) {
  console.log(`\n── ${name}`)
  const child = spawn(process.execPath, [join(here, `${name}.ts`)], { stdio: 'inherit' })
  const [code] = await once(child, 'close')
  if (code !== 0) process.exitCode = 1
}
