import type { IncomingMessage, ServerResponse } from 'node:http'
import { DavError, readBody } from './dav-exchange.ts'
import type { Person } from './people.ts'

/** A failure of OCS; the status of version 2 is that of HTTP. */
export class OcsError extends Error {
  readonly status: number

  constructor(status: number, message = '') {
    super(message)
    this.status = status
  }
}

export type OcsRequest = {
  person: Person
  /** By which the person was known; undefined for a token. */
  password: string | undefined
  /** What the path's pattern caught. */
  parameters: readonly string[]
  /** Of the query and of the body; what JSON has as numbers and booleans is text here. */
  get(name: string): string | undefined
}

export type OcsRoute = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Of what follows `/ocs/v2.php`. */
  pattern: RegExp
  answer: (request: OcsRequest) => unknown
}

/** Answers `/ocs/v2.php/…`; `authenticate` throws a DavError. */
export async function serveOcs(options: {
  request: IncomingMessage
  response: ServerResponse
  path: string
  query: URLSearchParams
  routes: readonly OcsRoute[]
  authenticate: () => Promise<Person>
}): Promise<void> {
  const { request, response, path, query, routes, authenticate } = options
  try {
    const person = await authenticate()
    if (request.headers['ocs-apirequest'] !== 'true') throw new OcsError(412, 'CSRF check failed')
    const route = routes.find(({ method, pattern }) => method === request.method && pattern.test(path))
    if (!route) throw new OcsError(404, 'Invalid query, please check the syntax.')
    const body = await parametersOf(request)
    const [, ...parameters] = (route.pattern.exec(path) ?? []).map((one) => decodeURIComponent(one ?? ''))
    const get = (name: string) => body[name] ?? query.get(name) ?? undefined
    send(response, 200, 'OK', (await route.answer({ person, password: passwordOf(request), parameters, get })) ?? [])
  } catch (error) {
    if (error instanceof OcsError) return send(response, error.status, error.message, [])
    if (error instanceof DavError) return send(response, error.status, error.message, [])
    throw error
  }
}

function send(response: ServerResponse, status: number, message: string, data: unknown): void {
  const meta = { status: status < 400 ? 'ok' : 'failure', statuscode: status === 401 ? 997 : status, message }
  const body = JSON.stringify({ ocs: { meta, data } })
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(body)
}

async function parametersOf(request: IncomingMessage): Promise<Record<string, string>> {
  const text = await readBody({ request })
  if (text === '') return {}
  if (!request.headers['content-type']?.startsWith('application/json'))
    return Object.fromEntries(new URLSearchParams(text))
  const parsed = parse(text)
  return Object.fromEntries(
    Object.entries(parsed).flatMap(([name, value]) =>
      value === null || value === undefined
        ? []
        : [[name, typeof value === 'object' ? JSON.stringify(value) : String(value)]],
    ),
  )
}

function parse(text: string): object {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null) return parsed
  } catch {
    // Told below.
  }
  throw new OcsError(400, 'The body is not valid JSON')
}

function passwordOf({ headers }: IncomingMessage): string | undefined {
  const [, credentials] = /^Basic (\S+)$/i.exec(headers.authorization ?? '') ?? []
  return (
    credentials &&
    Buffer.from(credentials, 'base64')
      .toString('utf8')
      .replace(/^[^:]*:/, '')
  )
}
