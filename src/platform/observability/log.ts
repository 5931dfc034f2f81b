import { type Logger, pino } from 'pino'
import pretty from 'pino-pretty'

export type { Logger }

/** Where secrets have been seen to hide in logged objects. */
const redacted = [
  'req.headers.authorization',
  'req.headers.cookie',
  '*.password',
  '*.*.password',
  '*.secret',
  '*.pass',
  '*.*.pass',
  '*.accessToken',
]

/** JSON lines for machines, or coloured lines for a terminal. */
export function createLog(options: { level: string; format: 'json' | 'pretty'; isColoured?: boolean }): Logger {
  const settings = { level: options.level, redact: { paths: redacted, censor: '[hidden]' }, base: null }
  if (options.format === 'json') return pino(settings)
  return pino(
    settings,
    pretty({
      colorize: options.isColoured ?? false,
      ignore: 'pid,hostname',
      translateTime: 'SYS:HH:MM:ss.l',
      singleLine: true,
    }),
  )
}
