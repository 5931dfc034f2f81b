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

/** Settings from the environment and the env file: `.env` unless ULTID_ENV_FILE names another or, empty, none. */
export const settingsOf = ({ environment }: Terminal): Settings =>
  loadSettings(environment, (environment.ULTID_ENV_FILE ?? '.env') || undefined)

/** @throws ConfigError */
export const configOf = (terminal: Terminal): ReadConfig => readConfig(settingsOf(terminal).values)
