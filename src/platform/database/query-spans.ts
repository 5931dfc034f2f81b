import type { Pool, PoolClient } from 'pg'
import { faultCodeOf } from '#platform/observability/fault-code.ts'
import type { Span, Tracing } from '#platform/observability/tracing.ts'

/** Puts each query of the pool that belongs to some traced work into a span: its text, in which values are parameters. */
export function traceQueries(pool: Pool, tracing: Tracing): void {
  if (tracing.isOn) pool.on('connect', (client) => watchQueries(client, tracing))
}

type Query = (...args: unknown[]) => unknown
type Callback = (error: Error | null, ...rest: unknown[]) => void

function watchQueries(client: PoolClient, tracing: Tracing): void {
  const send = client.query.bind(client) as Query
  const watched: Query = (...args) => {
    const text = textOf(args[0])
    const name = /^\s*(\w+)/.exec(text ?? '')?.[1]?.toLowerCase() ?? 'query'
    const attributes = { 'db.system.name': 'postgresql', 'db.query.text': text ?? '' }
    const span = text === undefined ? undefined : tracing.beginBelow(`sql ${name}`, { kind: 'client', attributes })
    if (!span) return send(...args)
    const callback = args.at(-1)
    if (typeof callback === 'function') return send(...args.slice(0, -1), endingSpan(span, callback as Callback))
    const answer = send(...args)
    if (!(answer instanceof Promise)) {
      span.end()
      return answer
    }
    answer.then(
      () => span.end(),
      (error) => {
        span.fail(codeOf(error))
        span.end()
      },
    )
    return answer
  }
  client.query = watched as typeof client.query
}

function endingSpan(span: Span, callback: Callback): Callback {
  return (error, ...rest) => {
    if (error) span.fail(codeOf(error))
    span.end()
    callback(error, ...rest)
  }
}

/** SQLSTATE, of which there are some hundred, or what happened to the connection. */
const codeOf = (error: unknown): string => {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : faultCodeOf(error)
}

/** Undefined for what is no query by its text, such as a cursor. */
function textOf(query: unknown): string | undefined {
  if (typeof query === 'string') return query
  const { text } = (query ?? {}) as { text?: unknown }
  return typeof text === 'string' ? text : undefined
}
