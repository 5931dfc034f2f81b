import { type DestinationStream, type Logger, pino } from 'pino'
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

/** JSON lines for machines, or coloured lines for a terminal; on standard output, unless JSON goes to a `destination`. */
export function createLog(options: {
  level: string
  format: 'json' | 'pretty'
  isColoured?: boolean
  destination?: DestinationStream
}): Logger {
  const settings = { level: options.level, redact: { paths: redacted, censor: '[hidden]' }, base: null }
  if (options.format === 'json') return options.destination ? pino(settings, options.destination) : pino(settings)
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
