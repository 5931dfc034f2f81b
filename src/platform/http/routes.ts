import type { FastifyInstance, RouteOptions } from 'fastify'
import { type TSchema, Type } from 'typebox'
import { strict } from './strict-schema.ts'

/** What a caller must be allowed to do. `signed_in` asks for a valid token only. */
export type Permission = `${string}:read` | `${string}:write` | 'admin' | 'signed_in' | 'public'

declare module 'fastify' {
  interface FastifyContextConfig {
    permission?: Permission
    /** Error codes by status that this route answers beside those that every route does. */
    errors?: Readonly<Record<number, readonly string[]>>
  }
}

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

/** A list answer: keyset pages, opaque cursors. */
export const page = <T extends TSchema>(item: T) =>
  Type.Object({ items: Type.Array(item), next_cursor: Type.Union([Type.String(), Type.Null()]) })

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
    Object.assign(route.schema, { response: { ...schema.response, ...errorResponses(route, permission) } })
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
  if (permission !== 'public') add(401, 'auth.missing_token', 'auth.invalid_token', 'auth.expired_token')
  if (permission !== 'public' && permission !== 'signed_in') add(403, 'auth.forbidden')
  if (permission !== 'public' && route.method !== 'GET') add(403, 'auth.csrf')
  if (route.url.includes(':')) add(404, 'not_found')
  add(429, 'rate_limited')
  add(500, 'internal_error')
  if (permission !== 'public') add(503, 'unavailable')
  for (const [status, named] of Object.entries(route.config?.errors ?? {})) add(Number(status), ...named)
  return Object.fromEntries([...codes].map(([status, named]) => [String(status), errorResponse([...named])]))
}
