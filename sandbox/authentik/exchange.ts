import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

/** What was asked and answered, for whoever holds it against the published description. */
export type Exchange = { method: string; path: string; requestBody: unknown; status: number; answerBody: unknown }

export type Reply = { status: number; body?: unknown }

export type Call = {
  query: URLSearchParams
  /** What the pattern of the route caught. */
  parameters: readonly string[]
  body: Readonly<Record<string, unknown>>
}

export type Route = { method: string; pattern: RegExp; answer: (call: Call) => Reply }

const prefix = '/auth/api/v3'

/** Answers requests for `routes` that bear `token`, as Django REST framework does. */
export function createExchanges(options: {
  token: string
  routes: readonly Route[]
  onExchange: ((exchange: Exchange) => void) | undefined
}) {
  const { token, routes, onExchange } = options

  function reply(request: IncomingMessage, url: URL, body: Call['body']): Reply {
    if (request.headers.authorization !== `Bearer ${token}`) {
      return { status: 403, body: { detail: 'Authentication credentials were not provided.' } }
    }
    const path = url.pathname.slice(prefix.length)
    const found = routes.find(({ method, pattern }) => method === request.method && pattern.test(path))
    if (!found || !url.pathname.startsWith(prefix)) return notFound
    const [, ...parameters] = found.pattern.exec(path) ?? []
    return found.answer({ query: url.searchParams, parameters, body })
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://authentik')
    const given = await text(request)
    const requestBody: unknown = given === '' ? undefined : JSON.parse(given)
    const { status, body } = reply(request, url, (requestBody ?? {}) as Call['body'])
    const path = url.pathname.slice(prefix.length)
    onExchange?.({ method: request.method ?? '', path, requestBody, status, answerBody: body })
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(body === undefined ? undefined : JSON.stringify(body))
  }
}

export const notFound: Reply = { status: 404, body: { detail: 'No object matches the given query.' } }

/** A page as all lists of Authentik are answered. */
export function pageOf<T>(found: readonly T[], query: URLSearchParams): Reply {
  const size = Number(query.get('page_size') ?? 20)
  const current = Number(query.get('page') ?? 1)
  const total = Math.max(1, Math.ceil(found.length / size))
  if (current > total) return { status: 404, body: { detail: 'Invalid page.' } }
  const results = found.slice((current - 1) * size, current * size)
  const pagination = {
    ...{ next: current < total ? current + 1 : 0, previous: current - 1, count: found.length, current },
    ...{ total_pages: total, start_index: (current - 1) * size + 1, end_index: (current - 1) * size + results.length },
  }
  return { status: 200, body: { pagination, results, autocomplete: {} } }
}
