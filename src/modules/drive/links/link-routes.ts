import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { AppError } from '#platform/errors.ts'
import { readCookie, writeCookie } from '#platform/http/cookies.ts'
import { page } from '#platform/http/routes.ts'
import { type DrivePath, parsePath } from '../drive-path.ts'
import { pathText } from '../items/item-wire.ts'
import { accessSeconds, type LinkAccess } from './link-access.ts'
import { linkContentRoutes } from './link-content-routes.ts'
import { closedPage, linkPage, linkPagePolicy, passwordPage } from './link-page.ts'
import {
  AccessBody,
  AccessHeaders,
  EntryBody,
  LinkBody,
  linkErrors,
  PasswordBody,
  showEntry,
  showLink,
  TokenParams,
} from './link-wire.ts'
import type { Links, Visitor } from './links.ts'

const tags = ['drive']
const cursor = Type.Optional(Type.String({ maxLength: 4000, description: 'The `next_cursor` of the page before.' }))
const PathQuery = Type.Object({ path: Type.Optional(pathText('A folder below the one that is shared.')), cursor })
const ListQuery = Type.Object({
  ...PathQuery.properties,
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 200, description: 'Items on a page.' })),
})
/** What is shown on a page for browsers before a link to more. */
const pageLength = 500
const config = { permission: 'public', errors: linkErrors } as const

type Deps = { links: Links; access: LinkAccess; publicUrl: string }

/** The door for people without an account: JSON for programs, a page for browsers. */
export function linkRoutes({ links, access, publicUrl }: Deps): FastifyPluginAsyncTypebox {
  return async (http) => {
    await http.register(linkContentRoutes({ links, visitorOf }))
    // What the form of the page sends where scripts do not run.
    http.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
      done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    )

    http.get(
      '/public/:token',
      {
        exposeHeadRoute: false,
        schema: {
          summary: 'What a link leads to',
          ...{ tags, params: TokenParams, headers: AccessHeaders, querystring: PathQuery },
          response: {
            200: {
              description: 'For programs what is shared, for browsers a page.',
              content: { 'application/json': { schema: LinkBody }, 'text/html': { schema: {} } },
            },
          },
        },
        config,
      },
      async (request, reply) => {
        const visitor = visitorOf(request, request.params.token)
        if (!wantsPage(request)) return reply.send(showLink(await links.view(visitor)))
        const base = `${publicUrl}/api/v1/drive/public/${visitor.token}`
        const { path = '/', cursor } = request.query
        return sendPage(reply, base, () => pageOf(links, visitor, base, { path: parsePath(path), cursor }))
      },
    )

    http.post(
      '/public/:token/access',
      {
        schema: {
          summary: 'Open a link by its password',
          description: 'Send what comes back as `X-Link-Access` with each request; browsers keep it as a cookie.',
          ...{ tags, params: TokenParams, body: PasswordBody },
          response: { 200: AccessBody, 303: Type.Null({ description: 'For forms.' }) },
        },
        config: { isReading: true, ...config, isSignIn: true },
      },
      async (request, reply) => {
        const { token } = request.params
        const granted = access.grant(token, request.body.password)
        const base = `${publicUrl}/api/v1/drive/public/${token}`
        const isForm = request.headers['content-type'] === 'application/x-www-form-urlencoded'
        reply.header('cache-control', 'no-store')
        try {
          await links.view({ token, access: granted.access })
        } catch (error) {
          if (isForm && isPasswordFault(error)) return sendPage(reply, base, async () => passwordPage(base, true))
          throw isPasswordFault(error) ? wrongPassword() : error
        }
        const isSecure = publicUrl.startsWith('https:')
        reply.header(
          'set-cookie',
          writeCookie(cookieOf(token), granted.access, { maxAgeSeconds: accessSeconds, isHttpOnly: true, isSecure }),
        )
        if (isForm) return reply.redirect(base, 303)
        return reply.send({ access: granted.access, expires_at: granted.expiresAt.toISOString() })
      },
    )

    http.get(
      '/public/:token/items',
      {
        exposeHeadRoute: false,
        schema: {
          summary: 'What is in a folder behind a link',
          ...{ tags, params: TokenParams, headers: AccessHeaders, querystring: ListQuery },
          response: { 200: page(EntryBody) },
        },
        config: { ...config, errors: withErrors(linkErrors, { 400: ['invalid_path', 'invalid_name'] }) },
      },
      async (request) => {
        const { limit = 200, cursor } = request.query
        const path = parsePath(request.query.path ?? '/')
        const visitor = visitorOf(request, request.params.token)
        const { entries, nextCursor } = await links.list(visitor, path, { limit, cursor })
        return { items: entries.map((entry) => showEntry(entry, path)), next_cursor: nextCursor }
      },
    )
  }
}

const cookieOf = (token: string): string => `ulti_link_${token}`

function visitorOf({ headers }: Pick<FastifyRequest, 'headers'>, token: string): Visitor {
  const given = headers['x-link-access'] ?? readCookie(headers.cookie ?? '', cookieOf(token))
  return { token, access: typeof given === 'string' ? given : undefined }
}

async function pageOf(
  links: Links,
  visitor: Visitor,
  base: string,
  { path, cursor }: { path: DrivePath; cursor: string | undefined },
): Promise<string> {
  const view = await links.view(visitor)
  const isShown = view.isFolder && view.permissions.includes('download')
  const shown = isShown ? await links.list(visitor, path, { limit: pageLength, cursor }) : undefined
  return linkPage(base, view, path, shown)
}

const wantsPage = ({ headers }: FastifyRequest): boolean => (headers.accept ?? '').includes('text/html')

const isPasswordFault = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'drive.link_password_required'

/** A link that leads nowhere is told in words to whoever sees the page, with the status that it has for programs. */
async function sendPage(reply: FastifyReply, base: string, make: () => Promise<string>): Promise<FastifyReply> {
  reply.header('content-security-policy', linkPagePolicy).type('text/html; charset=utf-8')
  reply.header('cache-control', 'private, no-store').header('x-robots-tag', 'noindex')
  const body = await make().catch((error) => {
    if (!(error instanceof AppError)) throw error
    if (isPasswordFault(error)) return passwordPage(base, false)
    reply.code(error.kind === 'not_found' ? 404 : 502)
    return closedPage(error.message)
  })
  // Past the serialiser of JSON.
  return reply.serializer((text) => text as string).send(body)
}

const wrongPassword = () =>
  new AppError('forbidden', 'drive.link_password_wrong', 'That is not the password of this link; try again.')
