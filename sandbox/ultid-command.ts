import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectDir } from './state.ts'

const { scripts } = JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8')) as {
  scripts: Record<'serve', string>
}

/** What node is started with for `ultid serve`, its own options first, as `npm run serve` has it. */
export const ultidCommand: readonly string[] = scripts.serve.split(' ').slice(['exec', 'node'].length)
