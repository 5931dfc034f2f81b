import { open, readFile, rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { expandVariables } from '#config/expansion.ts'
import { type Command, parseOptions, UsageError } from './command.ts'

export const env: Command = {
  summary: 'expand {{VARIABLES}} of an env file',
  help: `ultid env expand --in .env --out .env.resolved

Replaces every {{NAME}} by the value of NAME, nested and in any order, and writes the result, readable by its owner only,
for programs that do not know such references (Docker Compose, a shell). \\{{ stands for {{.

Examples:
  ultid env expand --in .env --out .env.resolved
  ultid env expand -in .env -out .env.resolved`,

  async run(args, terminal) {
    const [verb, ...rest] = args
    if (verb !== 'expand') throw new UsageError('Say what to do: ultid env expand --in .env --out .env.resolved')
    // The single-dash forms are those of the contract.
    const normalised = rest.map((arg) => arg.replace(/^-(in|out)(?==|$)/, '--$1'))
    const { values } = parseOptions({ args: normalised, options: { in: { type: 'string' }, out: { type: 'string' } } })
    if (values.in === undefined || values.out === undefined)
      throw new UsageError('Name both files: --in FILE --out FILE')
    const text = await readFile(values.in, 'utf8').catch((error) => {
      throw new UsageError(`${values.in} cannot be read (${error.code}).`)
    })
    if (resolve(values.in) === resolve(values.out)) {
      throw new UsageError('--in and --out name the same file: its references and comments would be lost.')
    }
    const expanded = expandVariables(withoutUndefined(parseEnv(text)))
    const lines = Object.entries(expanded).map(formatLine)
    await writePrivately(values.out, lines.join('')).catch((error) => {
      throw new UsageError(`${values.out} cannot be written (${error.code}).`)
    })
    terminal.print(`wrote ${Object.keys(expanded).length} variables to ${values.out}`)
    return 0
  },
}

/** Readable by its owner only, and whole or not at all. */
async function writePrivately(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.draft`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/**
 * Plain where every reader of env files agrees; else in single quotes, inside of which none of them expands anything;
 * else, for an apostrophe, in double quotes, as long as they hold nothing that some reader expands.
 */
function formatLine([name, value]: [string, string]): string {
  if (/^[A-Za-z0-9_@%+:,./=-]*$/.test(value)) return `${name}=${value}\n`
  if (!value.includes("'")) return `${name}='${value}'\n`
  if (!/["$`\\]/.test(value)) return `${name}="${value}"\n`
  throw new UsageError(
    `${name} holds an apostrophe and one of " $ \` \\, which no env file can; give it another value.`,
  )
}

const withoutUndefined = (values: NodeJS.Dict<string>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined))
