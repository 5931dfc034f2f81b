import { createServer, type ServerResponse } from 'node:http'
import type { Logger } from '#platform/observability/log.ts'
import type { SigningKeys } from './signing-keys.ts'

/**
 * What user_oidc fetches of its provider (OpenID Connect Discovery 1.0 §4), on a port of its own that only Nextcloud
 * needs to reach. There is nothing to sign in to: ultid makes the tokens itself.
 */
export async function startIssuerServer(options: {
  host: string
  port: number
  issuer: string
  keys: SigningKeys
  log: Logger
}): Promise<{ close(): Promise<void> }> {
  const { issuer, keys, log } = options
  const base = new URL(issuer).pathname.replace(/\/$/, '')
  const documents: Readonly<Record<string, () => Promise<object>>> = {
    [`${base}/.well-known/openid-configuration`]: async () => discoveryOf(issuer),
    [`${base}/jwks`]: keys.published,
  }
  const server = createServer((request, response) => {
    const document = request.method === 'GET' ? documents[request.url?.split('?')[0] ?? ''] : undefined
    if (!document) return send(response, 404, { error: 'not_found' })
    document().then(
      (body) => send(response, 200, body),
      (error) => {
        log.warn({ err: error }, 'the keys for Nextcloud could not be read')
        send(response, 503, { error: 'temporarily_unavailable' })
      },
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const discoveryOf = (issuer: string) => ({
  issuer,
  jwks_uri: `${issuer}/jwks`,
  // Required of every provider; nobody is sent there.
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  userinfo_endpoint: `${issuer}/userinfo`,
  response_types_supported: ['code'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
})

function send(response: ServerResponse, status: number, body: object): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body))
}
