import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifySchema } from 'fastify'
import type { TObject } from 'typebox'
import { referencePath } from './routes.ts'
import type { HttpServer } from './server.ts'
import { shareErrors } from './shared-errors.ts'

/**
 * OpenAPI 3.1 at /api/v1/openapi.json and a reference page at /api/docs whose every byte comes from here. To be called
 * before any route is registered.
 */
export async function serveApiReference(
  http: HttpServer,
  options: { publicUrl: string; version: string; webhooks?: Record<string, object> },
): Promise<void> {
  await http.register(swagger, {
    transform: nameRest,
    transformObject: (given) => ('openapiObject' in given ? shareErrors(given.openapiObject) : given.swaggerObject),
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Ulti',
        version: options.version,
        description:
          'Mail, drive, calendar, contacts, meetings, photos, search, live events and administration of the Ulti suite. ' +
          'Sign in with a bearer token. Every error has the form `{ code, message, trace_id }`; lists are ' +
          '`{ items, next_cursor }`: the cursor gets the next page, and is null on the last. Times are RFC 3339 in UTC. ' +
          'For programs: [/api/v1/openapi.json](/api/v1/openapi.json).',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: options.publicUrl }],
      ...(options.webhooks && { webhooks: options.webhooks }),
      tags: headings.map(([name, description]) => ({ name, description })),
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'An access token of the OIDC issuer, or a personal access token (`ulti_pat_…`).',
          },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: options.publicUrl.startsWith('https:') ? '__Host-ulti_session' : 'ulti_session',
            description: 'A browser session of GET /api/v1/auth/login. Writes need the header X-CSRF-Token.',
          },
        },
      },
    },
  })
  await http.register(swaggerUi, {
    routePrefix: referencePath,
    logo: { type: 'image/svg+xml', content: Buffer.from(logo), href: '/api/docs', target: '_self' },
    theme: { title: 'Ulti API', css: [{ filename: 'ulti.css', content: referenceStyle }] },
    uiConfig: {
      // Five hundred operations at once keep a browser busy for minutes.
      ...{ docExpansion: 'none', filter: true, deepLinking: true },
      ...{ persistAuthorization: true, tryItOutEnabled: true, displayRequestDuration: true },
    },
    staticCSP: true,
    transformStaticCSP: () => referencePolicy,
  })
  // Who opens the address of the service in a browser is shown what it can do.
  http.get('/', { schema: { hide: true }, config: { permission: 'public' } }, async (_request, reply) =>
    reply.redirect(referencePath),
  )
  http.get(
    '/api/v1/openapi.json',
    {
      schema: { hide: true },
      config: { permission: 'public' },
    },
    async () => http.swagger(),
  )
}

/** The rest of an address, which the router calls `*`, is a path: OpenAPI wants a name for it. */
function nameRest({ schema, url }: { schema: FastifySchema; url: string }) {
  const { '*': rest, ...named } = (schema?.params as TObject | undefined)?.properties ?? {}
  if (!rest || !url.endsWith('/*')) return { schema, url }
  const params = { ...(schema.params as TObject), properties: { ...named, path: rest } }
  const required = (params.required ?? []).map((name) => (name === '*' ? 'path' : name))
  return { schema: { ...schema, params: { ...params, required } }, url: url.replace(/\*$/, ':path') }
}

/** In the order of the reference page, each with what it is about. */
const headings = [
  ['mail', 'Accounts, folders, messages, conversations, drafts, sending, rules, webhooks'],
  ['drive', 'Files and folders at Nextcloud: content, uploads, shares, trash, versions'],
  ['calendar', 'Calendars and events, invitations, free/busy times, rooms'],
  ['contacts', 'Address books, people, groups, duplicates, import and export'],
  ['meet', 'Meetings in Jitsi: rooms, tokens, links for guests, lobby, webhooks'],
  ['photos', 'Photos in Immich: timeline, albums, people, sharing, uploads'],
  ['search', 'One query over everything, suggestions, saved searches'],
  ['realtime', 'Changes as they happen, over WebSocket and Server-Sent Events'],
  ['account', 'One’s own profile, sessions, tokens, devices and settings'],
  ['auth', 'Signing a browser in and out by OIDC'],
  ['admin', 'People, groups, policies, quotas, audit log, operations'],
  ['operations', 'Health, readiness, modules'],
] as const

// Everything from here and nothing from elsewhere; the page's own styles are set by its script.
const referencePolicy =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'"

const logo =
  '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="40" viewBox="0 0 90 40"><text x="0" y="29" ' +
  'font-family="system-ui,sans-serif" font-size="28" font-weight="700" fill="#fff">Ulti</text></svg>'

// The bar asks for the address of a document: here there is one.
const referenceStyle = `
.swagger-ui .topbar { background: #2f5bea; padding: 4px 0 }
.swagger-ui .topbar .download-url-wrapper { display: none !important }
.swagger-ui .info { margin: 24px 0 }
.swagger-ui .info hgroup.main > a { display: none }
`
