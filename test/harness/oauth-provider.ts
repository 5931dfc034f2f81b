import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A mail provider's authorization server: one confidential client, PKCE, refresh tokens that change with each use. */
export type OAuthProvider = {
  url: string
  clientId: string
  clientSecret: string
  /** Where Dovecot asks about a token (RFC 7662). */
  introspectionUrl: string
  /** How often the token endpoint was asked to refresh, refusals included. */
  readonly refreshes: number
  /** Seconds that an access token made from now on is said to last; 3600 by default. */
  lifetimeSeconds: number
  /** While true the token endpoint answers 503. */
  isDown: boolean
  /** While true authorizations come without a refresh token. */
  isMomentary: boolean
  /** How long a refresh takes, so that several meet. */
  delayMs: number
  /** What a browser does there: signs in as `username`, or as who is hinted at. Answers the address it is sent back to. */
  consent(authorizationUrl: string, username?: string): Promise<string>
  isTokenOf(username: string, token: string): boolean
  /** The person takes back what they granted: every token is void. */
  revoke(username: string): void
  /** Access tokens are void before their time; what was granted stays. */
  expireAccess(username: string): void
  /** What was granted for one mailbox opens another from now on. */
  grantTo(username: string, other: string): void
  close(): Promise<void>
}

type Grant = { username: string; isRevoked: boolean; access: Set<string>; refresh: string }
type Code = { username: string; challenge: string; redirectUri: string }

export async function startOAuthProvider(): Promise<OAuthProvider> {
  const codes = new Map<string, Code>()
  const grants: Grant[] = []
  let refreshes = 0

  function tokensOf(grant: Grant) {
    const access = `access-${randomUUID()}`
    grant.access.add(access)
    grant.refresh = `refresh-${randomUUID()}`
    return {
      ...{ access_token: access, token_type: 'Bearer', expires_in: provider.lifetimeSeconds },
      ...(!provider.isMomentary && { refresh_token: grant.refresh }),
    }
  }

  function exchange(form: URLSearchParams): object | undefined {
    const code = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (!code || code.challenge !== challenge || code.redirectUri !== form.get('redirect_uri')) return undefined
    const grant = { username: code.username, isRevoked: false, access: new Set<string>(), refresh: '' }
    grants.push(grant)
    return tokensOf(grant)
  }

  async function refresh(form: URLSearchParams): Promise<object | undefined> {
    refreshes++
    await new Promise((resolve) => setTimeout(resolve, provider.delayMs))
    const grant = grants.find((held) => !held.isRevoked && held.refresh === form.get('refresh_token'))
    return grant && tokensOf(grant)
  }

  async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await text(request))
    const credentials = Buffer.from(`${provider.clientId}:${provider.clientSecret}`).toString('base64')
    if (provider.isDown) return answer(response, 503, 'The provider is being repaired.')
    if (request.headers.authorization !== `Basic ${credentials}`)
      return answer(response, 401, { error: 'invalid_client' })
    const isRefresh = form.get('grant_type') === 'refresh_token'
    const tokens = isRefresh ? await refresh(form) : exchange(form)
    if (tokens) answer(response, 200, tokens)
    else answer(response, 400, { error: 'invalid_grant', error_description: 'secret words' })
  }

  const holds = (grant: Grant, given: string) => !grant.isRevoked && grant.access.has(given)
  const server = createServer(async (request, response) => {
    if (request.url === '/token') return token(request, response)
    const given = new URLSearchParams(await text(request)).get('token') ?? ''
    const grant = grants.find((held) => holds(held, given))
    answer(response, 200, grant ? { active: true, username: grant.username } : { active: false })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const provider: OAuthProvider = {
    ...{ url, clientId: 'ulti-mail', clientSecret: 'client-secret', introspectionUrl: `${url}/introspect` },
    ...{ lifetimeSeconds: 3600, isDown: false, isMomentary: false, delayMs: 0 },
    get refreshes() {
      return refreshes
    },
    async consent(authorizationUrl, username) {
      const asked = new URL(authorizationUrl).searchParams
      const code = randomUUID()
      codes.set(code, {
        username: username ?? asked.get('login_hint') ?? '',
        challenge: asked.get('code_challenge') ?? '',
        redirectUri: asked.get('redirect_uri') ?? '',
      })
      return `${asked.get('redirect_uri')}?${new URLSearchParams({ code, state: asked.get('state') ?? '', iss: url })}`
    },
    isTokenOf: (username, given) => grants.some((grant) => grant.username === username && holds(grant, given)),
    revoke(username) {
      for (const grant of grants) if (grant.username === username) grant.isRevoked = true
    },
    expireAccess(username) {
      for (const grant of grants) if (grant.username === username) grant.access.clear()
    },
    grantTo(username, other) {
      for (const grant of grants) if (grant.username === username) grant.username = other
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return provider
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}
