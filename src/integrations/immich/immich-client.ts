import type { Readable } from 'node:stream'
import { Gauge } from 'prom-client'
import type { Static, TSchema } from 'typebox'
import {
  createUpstreamHttp,
  type UpstreamAnswer,
  type UpstreamHttp,
  type UpstreamRequest,
} from '#integrations/upstream/upstream-http.ts'
import type { Metrics } from '#platform/observability/metrics.ts'
import type { Upstreams } from '#platform/observability/upstreams.ts'
import { readJson, readText } from './immich-body.ts'
import { dialectOf, type ImmichDialect } from './immich-dialect.ts'
import { immich, immichErrorOf } from './immich-errors.ts'
import { ServerVersion } from './immich-wire.ts'

export type Query = Readonly<Record<string, string | number | boolean | undefined>>
export type CallOptions = { query?: Query; body?: unknown; signal?: AbortSignal; answerTimeoutMs?: number }
export type ImmichMedia = UpstreamAnswer

/** The headers that let a request in; asked once more, with `isStale`, after a 401: undefined where there are no others. */
export type Authorize = (options: { isStale: boolean }) => Promise<Record<string, string> | undefined>

export type ImmichSession = ReturnType<typeof createSession>
export type Immich = ReturnType<typeof createImmich>

const versionKnownMs = 10 * 60_000
/** A file is read, hashed and filed before Immich answers. */
const longAnswerMs = 15 * 60_000

/** One Immich: its connections, its version, and a session for whoever is let in. */
export function createImmich(deps: {
  config: { url: string; maxConnections: number }
  upstreams: Upstreams
  metrics?: Metrics
  now?: () => number
}) {
  const { config, upstreams, metrics, now = Date.now } = deps
  const url = `${config.url.replace(/\/$/, '')}/api`
  const http = createUpstreamHttp(immich, { ...config, url, upstreams })
  const anybody = createSession(http, async () => undefined)
  let known: { dialect: ImmichDialect; until: number } | undefined
  if (metrics) registerCircuitMetric(metrics, http.circuit)

  return {
    /** How the Immich that runs there is spoken to; looked up anew every ten minutes, since it may have been updated. */
    async dialect(): Promise<ImmichDialect> {
      if (known && known.until > now()) return known.dialect
      const dialect = dialectOf(await anybody.call(ServerVersion, 'GET', '/server/version'))
      known = { dialect, until: now() + versionKnownMs }
      return dialect
    },
    /** For what needs no credential, such as signing in. */
    anybody,
    as: (authorize: Authorize): ImmichSession => createSession(http, authorize),
    withKey: (key: string): ImmichSession =>
      createSession(http, async ({ isStale }) => (isStale ? undefined : { 'x-api-key': key })),
    /** @throws Error while requests are held back because Immich did not answer. */
    async check(): Promise<void> {
      const state = http.circuit()
      if (state !== 'closed') throw new Error(`Immich did not answer; the circuit is ${state}.`)
    },
    underWay: http.underWay,
    close: http.close,
  }
}

/** Immich as somebody. Every method throws AppErrors as `immichErrorOf` names them. */
function createSession(http: UpstreamHttp, authorize: Authorize) {
  async function attempt(request: UpstreamRequest, own: Record<string, string> = {}): Promise<UpstreamAnswer> {
    return http.send({ ...request, headers: { ...request.headers, ...own } })
  }

  async function send(request: UpstreamRequest, accept: readonly number[] = []): Promise<UpstreamAnswer> {
    const own = await authorize({ isStale: false })
    const secrets = Object.values(own ?? {})
    let answer = await attempt(request, own)
    const isRepeatable = request.body === undefined || typeof request.body === 'string'
    if (answer.status === 401 && isRepeatable) {
      const others = await authorize({ isStale: true })
      if (others) {
        secrets.push(...Object.values(others))
        answer.body.destroy()
        answer = await attempt(request, others)
      }
    }
    const { status, body } = answer
    if (status < 400 || accept.includes(status)) return answer
    const text = await readText(body).catch(() => '')
    throw immichErrorOf({ status, text: withoutSecrets(text, request, secrets) })
  }

  const json = (method: UpstreamRequest['method'], path: string, options: CallOptions) => {
    const { query, body, signal, answerTimeoutMs } = options
    return send({
      ...{ method, path: path + queryOf(query), signal },
      ...(answerTimeoutMs !== undefined && { answerTimeoutMs }),
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
  }

  return {
    /** What Immich answers, held to `schema`. `path` is below `/api`; its parts are ids. */
    async call<T extends TSchema>(
      schema: T,
      method: UpstreamRequest['method'],
      path: string,
      options: CallOptions = {},
    ): Promise<Static<T>> {
      const { body } = await json(method, path, options)
      return readJson(schema, body)
    },

    /** Where the answer says nothing. */
    async tell(method: UpstreamRequest['method'], path: string, options: CallOptions = {}): Promise<UpstreamAnswer> {
      const answer = await json(method, path, options)
      await readText(answer.body)
      return answer
    },

    /** A picture or a video as a stream: 200, 206 of a range, 304 of a condition, 416. */
    open(
      path: string,
      options: { query?: Query; headers?: Record<string, string>; signal?: AbortSignal } = {},
    ): Promise<ImmichMedia> {
      const { query, headers = {}, signal } = options
      return send({ method: 'GET', path: path + queryOf(query), headers, signal, lane: 'transfer' }, [304, 416])
    },

    /** Sends a form as it comes. @param schema of the answer. */
    async upload<T extends TSchema>(
      schema: T,
      path: string,
      form: { body: Readable; headers: Record<string, string> },
      signal: AbortSignal,
    ): Promise<Static<T>> {
      const request = {
        method: 'POST',
        path,
        ...form,
        signal,
        lane: 'transfer',
        answerTimeoutMs: longAnswerMs,
      } as const
      const { body } = await send(request)
      return readJson(schema, body)
    },
  }
}

/** What an answer says goes to the log: a server that repeats what it was told must not bring a key or password there. */
function withoutSecrets(text: string, { body, path }: UpstreamRequest, secrets: readonly string[]): string {
  const told = typeof body === 'string' ? [...body.matchAll(/"password":"((?:[^"\\]|\\.)+)"/g)] : []
  const asked = [...path.matchAll(/[?&]password=([^&]+)/g)].map(([, value = '']) => decodeURIComponent(value))
  const all = [...secrets, ...asked, ...told.map(([, value = '']) => value)]
  const words = all.flatMap((value) => [value, value.replace(/^(Bearer |\w+=)/, '')])
  return words.reduce((shown, secret) => (secret === '' ? shown : shown.replaceAll(secret, '…')), text)
}

function queryOf(query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  if (given.length === 0) return ''
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`
}

function registerCircuitMetric({ registry }: Metrics, circuit: () => string): void {
  const states = ['closed', 'half_open', 'open']
  new Gauge({
    name: 'ultid_immich_circuit_state',
    help: 'Always 1, with the state of the circuit to Immich: closed (requests pass), half_open or open (held back).',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      for (const state of states) this.set({ state }, state === circuit() ? 1 : 0)
    },
  })
}
