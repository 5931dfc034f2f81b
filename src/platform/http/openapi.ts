import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { referencePath } from './routes.ts'
import type { HttpServer } from './server.ts'

/**
 * OpenAPI 3.1 at /api/v1/openapi.json and a reference page at /api/docs whose every byte comes from here. To be called
 * before any route is registered.
 */
export async function serveApiReference(
  http: HttpServer,
  options: { publicUrl: string; version: string },
): Promise<void> {
  await http.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Ulti',
        version: options.version,
        description:
          'Mail, search and realtime of the Ulti suite. Every answer that is no success has the form ' +
          '`{ code, message, trace_id }`; lists are `{ items, next_cursor }`.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: options.publicUrl }],
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'An access token of the OIDC issuer.',
          },
        },
      },
    },
  })
  await http.register(swaggerUi, {
    routePrefix: referencePath,
    theme: { title: 'Ulti API' },
    uiConfig: { docExpansion: 'list', persistAuthorization: true, tryItOutEnabled: true, displayRequestDuration: true },
    staticCSP: true,
    transformStaticCSP: () => referencePolicy,
  })
  http.get(
    '/api/v1/openapi.json',
    {
      schema: { hide: true },
      config: { permission: 'public' },
    },
    async () => http.swagger(),
  )
}

// Everything from here and nothing from elsewhere; the page's own styles are set by its script.
const referencePolicy =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'"
