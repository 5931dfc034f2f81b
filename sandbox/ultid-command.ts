import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectDir } from './state.ts'

const { scripts } = JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8')) as {
  scripts: Record<'serve', string>
}

const [variables = '', command = ''] = scripts.serve.split('exec node ')

/** What node is started with for `ultid serve`, its own options first, as `npm run serve` has it. */
export const ultidCommand: readonly string[] = command.split(' ')

/** Variables of the C library that `npm run serve` sets: they keep its memory small, and do nothing elsewhere. */
export const ultidEnvironment: Readonly<Record<string, string>> = Object.fromEntries(
  variables
    .trim()
    .split(' ')
    .map((variable) => variable.split('=')),
)
