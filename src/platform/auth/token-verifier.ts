import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'
import { AppError } from '#platform/errors.ts'

/** `issuer` is the provider's one name, whichever of its accepted names the token bears: a person stays one person. */
export type VerifiedToken = { issuer: string; subject: string; expiresAt: Date; claims: JWTPayload }
export type TokenVerifier = {
  /** @throws AppError `auth.invalid_token`, `auth.expired_token`, or `upstream_unavailable` when the issuer is away. */
  verify(token: string): Promise<VerifiedToken>
}

export type TokenVerifierOptions = {
  /** Where discovery happens (OpenID Connect Discovery 1.0 §4). */
  issuer: string
  /** What `iss` may be, compared exactly; when empty, the discovered issuer and its form on the public host. */
  acceptedIssuers: readonly string[]
  publicUrl: string
  audience: string
}

// Asymmetric ones only: with HS256 a public key would be a signing secret (RFC 8725 §3.1).
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

type Provider = { issuer: string; keys: ReturnType<typeof createRemoteJWKSet>; accepted: string[] }

/**
 * Verifies access tokens of one OIDC issuer. Its document is read at the first token, not at start, so that ultid and
 * the issuer may start in any order; its keys are cached and an unknown `kid` fetches them again at most once a minute.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  let provider: Promise<Provider> | undefined
  const discover = () => {
    provider ??= discoverProvider(options).catch((error) => {
      provider = undefined
      throw error
    })
    return provider
  }
  return {
    async verify(token) {
      const { issuer, keys, accepted } = await discover()
      try {
        const { payload } = await jwtVerify(token, keys, {
          issuer: accepted,
          audience: options.audience,
          algorithms,
          requiredClaims: ['sub', 'exp', 'iss'],
        })
        const { sub, exp = 0 } = payload
        if (!isSubject(sub)) throw new errors.JWTInvalid('"sub" must be a text')
        return { issuer, subject: sub, expiresAt: new Date(exp * 1000), claims: payload }
      } catch (error) {
        throw refusal(error)
      }
    },
  }
}

async function discoverProvider(options: TokenVerifierOptions): Promise<Provider> {
  const url = `${options.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const answer = await fetch(url, { signal: AbortSignal.timeout(5000), redirect: 'error' }).catch((cause) => {
    throw issuerAway(cause)
  })
  const document: unknown = answer.ok ? await answer.json().catch(() => undefined) : undefined
  const { issuer, jwks_uri } = (document ?? {}) as { issuer?: unknown; jwks_uri?: unknown }
  if (typeof issuer !== 'string' || typeof jwks_uri !== 'string')
    throw issuerAway(new Error(`no discovery document at ${url}`))
  const keys = createRemoteJWKSet(new URL(jwks_uri), {
    cooldownDuration: 60_000,
    cacheMaxAge: 600_000,
    timeoutDuration: 5000,
  })
  const accepted =
    options.acceptedIssuers.length > 0 ? [...options.acceptedIssuers] : [issuer, onHostOf(options.publicUrl, issuer)]
  return { issuer, keys, accepted }
}

/** Browsers reach the issuer by the public host, ultid by an internal one: the path is the same. */
function onHostOf(publicUrl: string, issuer: string): string {
  return issuer.replace(new URL(issuer).origin, new URL(publicUrl).origin)
}

function refusal(error: unknown): AppError {
  if (error instanceof errors.JWTExpired) {
    return new AppError(
      'unauthenticated',
      'auth.expired_token',
      'The access token has expired; get a new one and try again.',
    )
  }
  const isRefused = error instanceof errors.JOSEError && !awayCodes.has(error.code)
  if (!isRefused) return issuerAway(error)
  return new AppError('unauthenticated', 'auth.invalid_token', 'The access token is not valid here; sign in again.', {
    cause: error,
  })
}

// A key set that could not be fetched; a failed connection is no JOSEError at all.
const awayCodes = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JOSE_GENERIC', 'ERR_JWKS_INVALID'])

/** RFC 7519 §4.1.2 says a string; some issuers send numbers, and 1 and "1" would become one person. */
const isSubject = (sub: unknown): sub is string => typeof sub === 'string' && /^[^\0]+$/.test(sub)

const issuerAway = (cause: unknown) =>
  new AppError(
    'upstream_unavailable',
    'upstream_unavailable',
    'The sign-in service does not answer; try again in a moment.',
    { cause },
  )
