import type { FastifyBaseLogger } from 'fastify'
import type { Logger } from '#platform/observability/log.ts'

type Fields = Readonly<Record<string, unknown>>
type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
type Write = (fields: Fields, ...rest: unknown[]) => void

/**
 * The log of one request, whose lines all bear its trace id. A child of pino would write the same; to make one for each
 * request costs more than to authenticate it, and most requests log one line. A class, so that its methods are made once.
 */
class RequestLog {
  readonly #log: Logger
  readonly #fields: Fields

  constructor(log: Logger, fields: Fields) {
    this.#log = log
    this.#fields = fields
  }

  get level(): string {
    return this.#log.level
  }
  fatal(...line: unknown[]): void {
    this.#write('fatal', line)
  }
  error(...line: unknown[]): void {
    this.#write('error', line)
  }
  warn(...line: unknown[]): void {
    this.#write('warn', line)
  }
  info(...line: unknown[]): void {
    this.#write('info', line)
  }
  debug(...line: unknown[]): void {
    this.#write('debug', line)
  }
  trace(...line: unknown[]): void {
    this.#write('trace', line)
  }
  silent(): void {}
  child(fields: Fields): RequestLog {
    return new RequestLog(this.#log, { ...this.#fields, ...fields })
  }

  /** As pino takes it: fields or an error may come before the message. */
  #write(level: Level, [first, ...rest]: unknown[]): void {
    const write = this.#log[level] as Write
    if (typeof first !== 'object' || first === null) write.call(this.#log, this.#fields, first, ...rest)
    else write.call(this.#log, { ...this.#fields, ...(first instanceof Error ? { err: first } : first) }, ...rest)
  }
}

export const createRequestLog = (log: Logger, fields: Fields): FastifyBaseLogger =>
  new RequestLog(log, fields) as FastifyBaseLogger
