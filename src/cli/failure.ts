import { ExpansionError } from '#config/expansion.ts'
import { ConfigError } from '#config/reader.ts'
import { OperatorError } from '#platform/errors.ts'
import { databaseUrlOf, type Terminal, UsageError } from './command.ts'
import { describeDatabaseFault } from './database-fault.ts'

const whereToBegin = 'Every variable is explained in .env.example; copy it to .env to begin with.'

/**
 * What the one who started a command is told of its failure, and its exit code: 2 for a command line or settings that
 * are wrong, 1 for everything else. A stack only for what is a defect.
 */
export function describeFailure(error: unknown, terminal: Terminal): { message: string; code: number } {
  const isMistaken = error instanceof UsageError || error instanceof ConfigError || error instanceof ExpansionError
  if (error instanceof ConfigError) return { message: `${error.message}\n${whereToBegin}`, code: 2 }
  if (isMistaken) return { message: error.message, code: 2 }
  if (error instanceof OperatorError) return { message: error.message, code: 1 }
  const fault = describeDatabaseFault(error, databaseUrlOf(terminal))
  return { message: fault ?? `ultid failed: ${error instanceof Error ? error.stack : error}`, code: 1 }
}
