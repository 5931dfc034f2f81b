import type { Response } from 'undici'
import { AppError } from '#platform/errors.ts'
import type { GuardedFetch } from '#platform/network/guarded-fetch.ts'

/** An authorization server (RFC 6749) and who we are to it. */
export type OAuthProvider = {
  name: string
  clientId: string
  /** Undefined for a public client (RFC 6749 §2.1). */
  clientSecret: string | undefined
  clientAuthentication: 'basic' | 'post'
  authorizationEndpoint: string
  tokenEndpoint: string
  scopes: readonly string[]
  parameters: Readonly<Record<string, string>>
}

export type OAuthTokens = {
  accessToken: string
  /** Undefined when the one that is there stays in force, or when none is given at all. */
  refreshToken: string | undefined
  expiresInSeconds: number
}

/** Tokens of a grant that can be renewed without its person. */
export type LastingTokens = OAuthTokens & { refreshToken: string }

export type AuthorizationRequest = { redirectUri: string; state: string; codeChallenge: string; loginHint: string }

export type OAuthClient = {
  /**
   * Trades an authorization code. `refused` when it or its verifier is not accepted.
   * @throws AppError `mail.oauth_unavailable`
   */
  exchange(
    provider: OAuthProvider,
    grant: { code: string; codeVerifier: string; redirectUri: string },
  ): Promise<OAuthTokens | 'refused'>
  /**
   * `refused` when the grant is over and the person has to sign in anew.
   * @throws AppError `mail.oauth_unavailable`
   */
  refresh(provider: OAuthProvider, refreshToken: string): Promise<OAuthTokens | 'refused'>
}

const timeoutMs = 10_000

/** Where to send the browser: RFC 6749 §4.1.1 with PKCE (RFC 7636 §4.3). */
export function authorizationUrl(provider: OAuthProvider, request: AuthorizationRequest): URL {
  const url = new URL(provider.authorizationEndpoint)
  const parameters = {
    response_type: 'code',
    client_id: provider.clientId,
    redirect_uri: request.redirectUri,
    scope: provider.scopes.join(' '),
    state: request.state,
    code_challenge: request.codeChallenge,
    code_challenge_method: 'S256',
    login_hint: request.loginHint,
    ...provider.parameters,
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url
}

/** The token endpoints of mail providers. Only what concerns mail is read of their answers. */
export function createOAuthClient({ http }: { http: GuardedFetch }): OAuthClient {
  async function ask(provider: OAuthProvider, grant: Record<string, string>): Promise<OAuthTokens | OAuthRefusal> {
    try {
      const answer = await http.fetch(provider.tokenEndpoint, {
        method: 'POST',
        signal: AbortSignal.timeout(timeoutMs),
        ...requestOf(provider, grant),
      })
      return await readAnswer(answer)
    } catch (error) {
      throw unavailable(provider, error)
    }
  }
  return {
    async exchange(provider, { code, codeVerifier, redirectUri }) {
      const grant = { grant_type: 'authorization_code', code, code_verifier: codeVerifier, redirect_uri: redirectUri }
      const answer = await ask(provider, grant)
      if (!('refusal' in answer)) return answer
      if (blamesClient.has(answer.refusal)) throw unavailable(provider, new Error(answer.refusal))
      return 'refused'
    },
    async refresh(provider, refreshToken) {
      const answer = await ask(provider, { grant_type: 'refresh_token', refresh_token: refreshToken })
      if (!('refusal' in answer)) return answer
      if (endsGrant.has(answer.refusal)) return 'refused'
      throw unavailable(provider, new Error(answer.refusal))
    },
  }
}

type OAuthRefusal = { refusal: string }

/** RFC 6749 §5.2; the others are how Microsoft says that the person has to confirm something first. */
const endsGrant = new Set(['invalid_grant', 'interaction_required', 'consent_required', 'login_required'])
/** Nothing that the person could do about. */
const blamesClient = new Set(['invalid_client', 'unauthorized_client', 'temporarily_unavailable', 'server_error'])

function requestOf(provider: OAuthProvider, grant: Record<string, string>) {
  const { clientId, clientSecret, clientAuthentication } = provider
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' }
  if (clientSecret !== undefined && clientAuthentication === 'basic') {
    const credentials = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`
    const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`
    return { headers: { ...headers, authorization }, body: new URLSearchParams(grant).toString() }
  }
  const client = { client_id: clientId, ...(clientSecret !== undefined && { client_secret: clientSecret }) }
  return { headers, body: new URLSearchParams({ ...grant, ...client }).toString() }
}

/** @throws Error for what no working token endpoint answers. */
async function readAnswer(answer: Response): Promise<OAuthTokens | OAuthRefusal> {
  const body = parseObject(await answer.text())
  if (answer.status >= 400 && answer.status < 500 && typeof body?.error === 'string') {
    return { refusal: body.error.slice(0, 100) }
  }
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: expiresIn } = body ?? {}
  // RFC 6749 appendix A.12: visible ASCII, which also keeps it from breaking out of a SASL answer.
  if (answer.status !== 200 || typeof accessToken !== 'string' || !/^[\x21-\x7e]+$/.test(accessToken)) {
    throw new Error(`The token endpoint answered ${answer.status} without a usable token.`)
  }
  return {
    accessToken,
    refreshToken: typeof refreshToken === 'string' && refreshToken ? refreshToken : undefined,
    expiresInSeconds: lifetimeOf(expiresIn),
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** RFC 6749 §5.1 only recommends to say it; an hour is what everybody gives. Some write the number as text. */
function lifetimeOf(expiresIn: unknown): number {
  const seconds = Number(expiresIn ?? 3600)
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.trunc(seconds), 0), 86_400) : 3600
}

const unavailable = ({ name }: OAuthProvider, cause: unknown) =>
  new AppError(
    'unprocessable',
    'mail.oauth_unavailable',
    `The provider ${name} did not give access; it is away, or this service is not known to it any more. Try again later.`,
    { cause },
  )
