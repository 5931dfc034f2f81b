import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { ExpansionError, expandVariables } from './expansion.ts'
import { ConfigError, type Environment } from './reader.ts'
import { secretNamesAmong } from './secret-names.ts'

/** Where a value comes from: the process environment wins over a secret's file, that over .env, that over the default. */
export type Source = 'environment' | 'file' | '.env' | 'default'

export type Settings = { values: Environment; sourceOf: (name: string) => Source }

/**
 * Joins the process environment, the files of `<SECRET>_FILE` variables and an env file, whose values may refer to any
 * other by `{{NAME}}`. Values of the environment and of files are taken as they are.
 * @param envFile its path; undefined, or a path where there is no file, for none.
 * @throws ConfigError for a secret given twice, a file that cannot be read, or a reference that leads nowhere.
 */
export function loadSettings(environment: Environment, envFile: string | undefined): Settings {
  const given = withoutEmpty(environment)
  const templates = envFile === undefined ? {} : withoutEmpty(parseEnv(readIfThere(envFile)))
  const paths = Object.keys(templates).filter((name) => name.endsWith('_FILE'))
  const files = readSecretFiles({ ...templates, ...expand(templates, given, paths) })
  const literals = { ...files, ...given }
  const values = expand(templates, literals)
  return {
    values,
    sourceOf(name) {
      if (Object.hasOwn(given, name)) return 'environment'
      if (Object.hasOwn(files, name)) return 'file'
      return Object.hasOwn(templates, name) ? '.env' : 'default'
    },
  }
}

function readSecretFiles(variables: Readonly<Record<string, string>>): Record<string, string> {
  const faults: string[] = []
  const found: Record<string, string> = {}
  for (const name of secretNamesAmong(variables)) {
    const path = variables[`${name}_FILE`]
    if (path === undefined) continue
    if (Object.hasOwn(variables, name)) faults.push(`${name} and ${name}_FILE are both set; keep one.`)
    try {
      // An editor's last newline is not part of the secret.
      found[name] = readFileSync(path, 'utf8').replace(/\r?\n$/, '')
      if (found[name].trim() === '') faults.push(`${name}_FILE names ${path}, which is empty.`)
    } catch (error) {
      faults.push(`${name}_FILE names ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code}).`)
    }
  }
  if (faults.length > 0) throw new ConfigError(faults)
  return found
}

function expand(
  templates: Record<string, string>,
  literals: Record<string, string>,
  names?: readonly string[],
): Record<string, string> {
  try {
    return expandVariables(templates, literals, names)
  } catch (error) {
    if (error instanceof ExpansionError) throw new ConfigError(error.faults)
    throw error
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw new ConfigError([`${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`])
  }
}

const withoutEmpty = (variables: Environment): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).filter((entry): entry is [string, string] => Boolean(entry[1])))
