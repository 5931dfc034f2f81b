import * as oidc from 'openid-client'
import { identityOf } from '#platform/auth/identity.ts'
import { type Issuer, insideAddress, issuerAway } from '#platform/auth/issuer.ts'
import type { IssuerTokens, RefreshTokens } from '#platform/auth/issuer-tokens.ts'
import { AppError } from '#platform/errors.ts'
import { noUpstreams, type Upstreams, watchFetch } from '#platform/observability/upstreams.ts'
import { browserAddress } from './browser-address.ts'

/** What ultid keeps of a sign-in between the redirect to the issuer and the way back. */
export type SignInChecks = { state: string; nonce: string; codeVerifier: string }

export type OidcClient = {
  /** Where to send the browser (OpenID Connect Core 1.0 §3.1.2.1, with PKCE, RFC 7636). */
  authorizationUrl(redirectUri: string, checks: SignInChecks): Promise<URL>
  /**
   * Trades the code in the address that the browser came back to.
   * @throws AppError `auth.sign_in_refused` when the issuer or a check refuses, `upstream_unavailable` when it is away.
   */
  finish(callbackUrl: URL, checks: SignInChecks): Promise<IssuerTokens>
  refresh: RefreshTokens
  /** Where the browser ends its session at the issuer; undefined when the issuer has no such page. */
  endSessionUrl(postLogoutRedirectUri: string): Promise<URL | undefined>
  /** Makes a refresh token useless (RFC 7009), when the issuer can. */
  revoke(refreshToken: string): Promise<void>
}

export type OidcClientOptions = {
  clientId: string
  clientSecret: string | undefined
  /** Where discovery happens. */
  issuer: string
  acceptedIssuers: readonly string[]
  publicUrl: string
  upstreams?: Upstreams
}

const wantedScopes = ['openid', 'email', 'profile', 'groups', 'offline_access']
const timeoutSeconds = 5

/** ultid as a client of its OIDC issuer: sign-in by authorization code, refresh, sign-out. */
export function createOidcClient(discover: () => Promise<Issuer>, options: OidcClientOptions): OidcClient {
  const configure = async () => createConfiguration(await discover(), options)
  return {
    async authorizationUrl(redirectUri, { state, nonce, codeVerifier }) {
      const configuration = await configure()
      const url = oidc.buildAuthorizationUrl(configuration, {
        ...{ redirect_uri: redirectUri, scope: scopesOf(configuration), state, nonce },
        code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      })
      return browserAddress(url, configuration.serverMetadata().issuer, options)
    },

    async finish(callbackUrl, { state, nonce, codeVerifier }) {
      const issuer = await discover()
      const url = withOneIssuerName(callbackUrl, issuer)
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: codeVerifier }
      try {
        return tokensOf(
          issuer,
          await oidc.authorizationCodeGrant(await createConfiguration(issuer, options), url, checks),
        )
      } catch (error) {
        if (isAway(error)) throw issuerAway(error)
        throw new AppError('invalid', 'auth.sign_in_refused', 'The sign-in did not succeed; start it again.', {
          cause: error,
        })
      }
    },

    async refresh(refreshToken) {
      const issuer = await discover()
      try {
        return tokensOf(issuer, await oidc.refreshTokenGrant(createConfiguration(issuer, options), refreshToken))
      } catch (error) {
        // RFC 6749 §5.2: the one answer that is about this token; any other may be different tomorrow.
        if (error instanceof oidc.ResponseBodyError && error.error === 'invalid_grant') return 'refused'
        throw issuerAway(error)
      }
    },

    async endSessionUrl(postLogoutRedirectUri) {
      const configuration = await configure()
      const { end_session_endpoint, issuer } = configuration.serverMetadata()
      if (!end_session_endpoint) return undefined
      const url = oidc.buildEndSessionUrl(configuration, { post_logout_redirect_uri: postLogoutRedirectUri })
      return browserAddress(url, issuer, options)
    },

    async revoke(refreshToken) {
      const configuration = await configure()
      if (!configuration.serverMetadata().revocation_endpoint) return
      await oidc.tokenRevocation(configuration, refreshToken, { token_type_hint: 'refresh_token' })
    },
  }
}

function createConfiguration({ metadata }: Issuer, options: OidcClientOptions): oidc.Configuration {
  const inside = Object.fromEntries(
    ['token_endpoint', 'jwks_uri', 'revocation_endpoint'].flatMap((name) => {
      const endpoint = metadata[name]
      if (typeof endpoint !== 'string') return []
      return [[name, insideAddress(endpoint, metadata.issuer, options.issuer)]]
    }),
  )
  const { clientId, clientSecret } = options
  const authentication = clientSecret === undefined ? oidc.None() : oidc.ClientSecretBasic(clientSecret)
  const configuration = new oidc.Configuration(
    { ...(metadata as oidc.ServerMetadata), ...inside },
    clientId,
    clientSecret,
    authentication,
  )
  configuration.timeout = timeoutSeconds
  configuration[oidc.customFetch] = watchFetch(options.upstreams ?? noUpstreams, 'token')
  // Whether the way to the issuer is TLS is the operator's decision; ID tokens are held to their signature either way.
  if (new URL(options.issuer).protocol === 'http:') oidc.allowInsecureRequests(configuration)
  oidc.enableNonRepudiationChecks(configuration)
  return configuration
}

function scopesOf(configuration: oidc.Configuration): string {
  const { scopes_supported: supported } = configuration.serverMetadata()
  return wantedScopes.filter((scope) => supported?.includes(scope) ?? scope !== 'groups').join(' ')
}

/** RFC 9207: the browser knows the issuer by the name of the public host, which the client library does not accept. */
function withOneIssuerName(callbackUrl: URL, issuer: Issuer): URL {
  const url = new URL(callbackUrl)
  if (issuer.names.includes(url.searchParams.get('iss') ?? '')) url.searchParams.set('iss', issuer.name)
  return url
}

type Answer = Awaited<ReturnType<typeof oidc.authorizationCodeGrant>>

function tokensOf(issuer: Issuer, answer: Answer): IssuerTokens {
  const claims = answer.claims()
  const sid = claims?.sid
  return {
    identity: claims && identityOf({ issuer: issuer.name, subject: claims.sub, claims }),
    issuerSession: typeof sid === 'string' ? sid : undefined,
    refreshToken: answer.refresh_token,
    expiresAt: new Date(Date.now() + 1000 * (answer.expiresIn() ?? 300)),
  }
}

/** No answer, or none that a working issuer gives. */
const isAway = (error: unknown): boolean =>
  error instanceof TypeError ||
  (error instanceof oidc.ClientError && ['OAUTH_TIMEOUT', 'OAUTH_RESPONSE_IS_NOT_CONFORM'].includes(error.code ?? ''))
