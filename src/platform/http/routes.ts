import type { FastifyInstance, RouteOptions } from 'fastify'
import { type TSchema, Type } from 'typebox'
import { describeAnswers } from './answer-descriptions.ts'
import { mailboxErrors, withMailboxHeader } from './mailbox-header.ts'
import { isKeptUp } from './maintenance.ts'
import { strict } from './strict-schema.ts'

/** What an administrator may do; `admin` stands for all of it. */
export type AdminPermission = 'admin:users' | 'admin:policies' | 'admin:operations' | 'admin:audit'

/** What a caller must be allowed to do. `signed_in` asks for a valid token only. */
export type Permission = `${string}:read` | `${string}:write` | 'admin' | AdminPermission | 'signed_in' | 'public'

declare module 'fastify' {
  interface FastifyContextConfig {
    permission?: Permission
    /** The answer goes on for hours: its time is no duration of a request. */
    isLongLived?: boolean
    /** Error codes by status that this route answers beside those that every route does. */
    errors?: Readonly<Record<number, readonly string[]>>
  }
}

/** A body whose members may all be left out, and so may the body itself. */
export const optionalBody = <Body extends TSchema>(body: Body) => Type.Union([Type.Null(), body])

/** Where the reference page of the API lies. */
export const referencePath = '/api/docs'

/** The error answer, the same everywhere. */
const errorSchema = (codes: readonly string[]) =>
  Type.Object({
    code: Type.String({ enum: codes, description: 'Stable; for programs.' }),
    message: Type.String({ description: 'What happened and what to do next; for people.' }),
    trace_id: Type.String({ description: 'Quote it when you report a fault. Also in the X-Request-Id header.' }),
    details: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
  })

/** JSON whatever the route answers otherwise. */
const errorResponse = (codes: readonly string[]) => ({
  description: `Possible codes: ${codes.map((code) => `\`${code}\``).join(', ')}`,
  content: { 'application/json': { schema: errorSchema(codes) } },
})

/** A list answer: keyset pages, opaque cursors. The examples of its items are those of the page. */
export function page<T extends TSchema>(item: T) {
  const { examples } = item as { examples?: unknown[] }
  return Type.Object(
    { items: Type.Array(item), next_cursor: Type.Union([Type.String(), Type.Null()]) },
    examples ? { examples: [{ items: examples, next_cursor: null }] } : {},
  )
}

/** The query parameters of every list. */
export const pageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'Items on a page.' })),
  cursor: Type.Optional(Type.String({ maxLength: 500, description: 'The `next_cursor` of the page before.' })),
}

/**
 * Holds every route to the house rules as it is registered: it declares a permission, a summary and an answer; takes
 * no unknown query parameter or body member; documents its errors. A route that does not fails the start.
 */
export function enforceRouteRules(http: FastifyInstance): void {
  http.addHook('onRoute', (route: RouteOptions) => {
    if (isOfPlugin(route)) return
    const { permission } = route.config ?? {}
    const where = `${String(route.method)} ${route.url}`
    if (!permission) throw new Error(`${where} declares no permission`)
    // Fastify makes it from the GET route, which was held to the rules already.
    if (route.schema?.hide || route.method === 'HEAD') return
    if (!route.schema?.summary) throw new Error(`${where} has no summary`)
    if (!route.schema.response) throw new Error(`${where} has no response schema`)
    const schema = route.schema as Record<string, TSchema | undefined> & { response: Record<string, unknown> }
    schema.querystring ??= Type.Object({})
    for (const part of ['querystring', 'body', 'params']) if (schema[part]) schema[part] = strict(schema[part])
    Object.assign(route.schema, { response: { ...describeAnswers(route), ...errorResponses(route, permission) } })
    if (permission.startsWith('mail:')) schema.headers = withMailboxHeader(schema.headers)
    if (permission !== 'public') Object.assign(route.schema, { security: [{ bearer: [] }, { session: [] }] })
  })
}

/** What plugins add for themselves: answers to CORS preflights, and the files of the reference page. */
const isOfPlugin = ({ schema, method, url }: RouteOptions): boolean =>
  schema?.hide === true && (method === 'OPTIONS' || url === referencePath || url.startsWith(`${referencePath}/`))

function errorResponses(route: RouteOptions, permission: Permission) {
  const codes = new Map<number, Set<string>>()
  const add = (status: number, ...named: readonly string[]) =>
    codes.set(status, new Set([...(codes.get(status) ?? []), ...named]))
  add(400, 'invalid_request_body')
  if (route.schema?.body) add(400, 'request_body_too_large')
  if (route.schema?.body || route.config?.isUpload) add(408, 'request_timeout')
  if (permission !== 'public')
    add(401, 'auth.missing_token', 'auth.invalid_token', 'auth.expired_token', 'auth.suspended')
  if (permission !== 'public' && permission !== 'signed_in') add(403, 'auth.forbidden')
  if (permission !== 'public' && route.method !== 'GET') add(403, 'auth.csrf')
  if (route.url.includes(':')) add(404, 'not_found')
  add(429, 'rate_limited')
  add(500, 'internal_error')
  if (permission !== 'public') add(503, 'unavailable')
  if (!isKeptUp({ method: String(route.method), url: route.url, isReading: route.config?.isReading }))
    add(503, 'maintenance')
  if (permission.startsWith('mail:')) for (const [status, code] of mailboxErrors) add(status, code)
  if (route.config?.feature) add(404, 'feature_off')
  for (const [status, named] of Object.entries(route.config?.errors ?? {})) add(Number(status), ...named)
  return Object.fromEntries([...codes].map(([status, named]) => [String(status), errorResponse([...named])]))
}
