import { existsSync } from 'node:fs'
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { type ReadConfig, readConfig } from '#config/config.ts'
import type { Environment } from '#config/reader.ts'
import { loadSettings, type Settings } from '#config/settings.ts'

/** What a command may touch of its process. */
export type Terminal = {
  environment: Environment
  isInteractive: boolean
  print(line: string): void
  complain(line: string): void
  /** Calls back at the first SIGTERM or SIGINT; a second one ends the process at once. */
  onStopSignal(stop: (signal: string) => void): void
  exit(code: number): never
}

export type Command = {
  /** One line for the list of commands. */
  summary: string
  /** The whole `--help`, with examples. */
  help: string
  /** @returns the exit code; 0 when it returns none. @throws UsageError, ConfigError */
  run(args: string[], terminal: Terminal): Promise<number | undefined>
}

/** The command line was wrong: its message is for the person who typed it. */
export class UsageError extends Error {}

/** Unknown options are refused. @throws UsageError naming what is not known. */
export function parseOptions<const T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** @throws UsageError naming the option and its range. */
export function wholeNumber(option: string, text: string, { min, max }: { min: number; max: number }): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text)
  throw new UsageError(`${option} takes a whole number from ${min} to ${max}.`)
}

export const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)

/** Settings from the environment and the env file: `.env` unless ULTID_ENV_FILE names another or, empty, none. */
export function settingsOf({ environment }: Terminal): Settings {
  const named = environment.ULTID_ENV_FILE
  if (named && !existsSync(named)) throw new UsageError(`ULTID_ENV_FILE names ${named}, which is not there.`)
  return loadSettings(environment, (named ?? '.env') || undefined)
}

/** To tell where the database was looked for; undefined when the settings themselves are at fault. */
export function databaseUrlOf(terminal: Terminal): string | undefined {
  try {
    return settingsOf(terminal).values.ULTID_DB_URL
  } catch {
    return undefined
  }
}

/** @throws ConfigError */
export const configOf = (terminal: Terminal): ReadConfig => readConfig(settingsOf(terminal).values)
