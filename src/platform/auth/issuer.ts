import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose'
import { AppError } from '#platform/errors.ts'
import { noUpstreams, type Upstreams, watchFetch } from '#platform/observability/upstreams.ts'

export type IssuerOptions = {
  /** Where discovery happens (OpenID Connect Discovery 1.0 §4). */
  issuer: string
  /** What `iss` may be, compared exactly; when empty, the discovered issuer and its form on the public host. */
  acceptedIssuers: readonly string[]
  publicUrl: string
  upstreams?: Upstreams
}

export type Issuer = {
  /** The issuer as its own document names it. */
  name: string
  /** Everything that `iss` may be: names of this one issuer, whose keys signed the token. */
  names: readonly string[]
  keys: JWTVerifyGetKey
  metadata: Readonly<Record<string, unknown>> & { issuer: string }
}

// Asymmetric ones only: with HS256 a public key would be a signing secret (RFC 8725 §3.1).
export const signatureAlgorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]

/**
 * The issuer's document, read when it is first needed, not at start, so that ultid and the issuer may start in any
 * order. Its keys are cached; an unknown `kid` fetches them again at most once a minute.
 * @returns a function that throws AppError `upstream_unavailable` while the issuer is away.
 */
export function createDiscovery(options: IssuerOptions): () => Promise<Issuer> {
  let discovered: Promise<Issuer> | undefined
  return () => {
    discovered ??= discover(options).catch((error) => {
      discovered = undefined
      throw error
    })
    return discovered
  }
}

async function discover(options: IssuerOptions): Promise<Issuer> {
  const url = `${options.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const { upstreams = noUpstreams } = options
  const answer = await watchFetch(upstreams, 'discovery')(url, {
    signal: AbortSignal.timeout(5000),
    redirect: 'error',
  }).catch((cause) => {
    throw issuerAway(cause)
  })
  const document: unknown = answer.ok ? await answer.json().catch(() => undefined) : undefined
  const metadata = (document ?? {}) as Record<string, unknown>
  const { issuer, jwks_uri } = metadata
  if (typeof issuer !== 'string' || typeof jwks_uri !== 'string')
    throw issuerAway(new Error(`no discovery document at ${url}`))
  const keys = createRemoteJWKSet(new URL(insideAddress(jwks_uri, issuer, options.issuer)), {
    cooldownDuration: 60_000,
    cacheMaxAge: 600_000,
    timeoutDuration: 5000,
    [customFetch]: watchFetch(upstreams, 'keys'),
  })
  const names =
    options.acceptedIssuers.length > 0 ? [...options.acceptedIssuers] : [issuer, onHostOf(options.publicUrl, issuer)]
  return { name: issuer, names, keys, metadata: { ...metadata, issuer } }
}

/** Browsers reach the issuer by the public host, ultid by an internal one: the path is the same. */
export const onHostOf = (url: string, address: string): string =>
  `${new URL(url).origin}${address.slice(new URL(address).origin.length)}`

/**
 * An endpoint of the issuer as ultid reaches it. An issuer behind a proxy that passes the public host on names all its
 * endpoints on that host, where ultid may be unable to go.
 */
export const insideAddress = (endpoint: string, issuer: string, discoveryAddress: string): string =>
  new URL(endpoint).origin === new URL(issuer).origin ? onHostOf(discoveryAddress, endpoint) : endpoint

export const issuerAway = (cause: unknown) =>
  new AppError(
    'upstream_unavailable',
    'upstream_unavailable',
    'The sign-in service does not answer; try again in a moment.',
    { cause },
  )
