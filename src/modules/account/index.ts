import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { createOidcClient } from '#integrations/oidc/oidc-client.ts'
import { audit } from '#platform/audit/audit.ts'
import { createAccessTokens } from '#platform/auth/access-tokens.ts'
import { createAuthMetrics } from '#platform/auth/auth-metrics.ts'
import { createAuthenticate } from '#platform/auth/authentication.ts'
import { createEndings } from '#platform/auth/endings.ts'
import { createDiscovery } from '#platform/auth/issuer.ts'
import type { PermissionTable } from '#platform/auth/permissions.ts'
import { createPersonalTokens } from '#platform/auth/personal-tokens.ts'
import { createPrincipalStore } from '#platform/auth/principal-store.ts'
import { createCookies } from '#platform/auth/session-cookie.ts'
import { sealedSessionColumns } from '#platform/auth/session-store.ts'
import { createSessions } from '#platform/auth/sessions.ts'
import { createTokenVerifier } from '#platform/auth/token-verifier.ts'
import type { Cache } from '#platform/cache/cache.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Metrics } from '#platform/observability/metrics.ts'
import type { Upstreams } from '#platform/observability/upstreams.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import { preferenceRoutes } from './preferences/preference-routes.ts'
import { createPreferences } from './preferences/preferences.ts'
import { profileRoutes } from './profile/profile-routes.ts'
import { createProfiles } from './profile/profiles.ts'
import { createOwnSessions } from './sessions/own-sessions.ts'
import { sessionRoutes } from './sessions/session-routes.ts'
import { createBackchannelLogout } from './sign-in/backchannel-logout.ts'
import { logoutTokenStore } from './sign-in/logout-token-store.ts'
import { createSignIn } from './sign-in/sign-in.ts'
import { backchannelRoutes, signInRoutes } from './sign-in/sign-in-routes.ts'
import { tokenRoutes } from './tokens/token-routes.ts'
import { createTokens } from './tokens/tokens.ts'

export type AccountDeps = {
  database: Database
  transact: Transact
  cache: Cache
  keyRing: KeyRing
  metrics: Metrics
  upstreams: Upstreams
  log: Logger
  config: {
    oidc: { issuer: string; acceptedIssuers: readonly string[]; clientId: string; clientSecret: string | undefined }
    publicUrl: string
    corsOrigins: readonly string[]
    permissions: PermissionTable
    sessions: { lifetimeMs: number; idleMs: number }
  }
}

/** Where this module keeps what the key ring sealed. */
export const sealedColumns = sealedSessionColumns

/** Who somebody is: credentials of all kinds, and what a person keeps about themselves. */
export function createAccountModule(deps: AccountDeps) {
  const { database, config } = deps
  const identity = createIdentity(deps)
  const { sessions, authenticate } = identity
  const shared = { ...deps, ...identity, publicUrl: config.publicUrl, audience: config.oidc.clientId }
  const routes: FastifyPluginAsyncTypebox = async (http) => {
    await http.register(profileRoutes(createProfiles(deps)))
    await http.register(preferenceRoutes(createPreferences(deps)))
    await http.register(tokenRoutes(createTokens(shared)))
    await http.register(sessionRoutes(createOwnSessions(shared)))
  }
  const authRoutes: FastifyPluginAsyncTypebox = async (http) => {
    await http.register(signInRoutes(createSignIn(shared)))
    await http.register(backchannelRoutes(createBackchannelLogout(shared)))
  }
  const sweep: Sweep = {
    name: 'account-retention',
    everySeconds: 3600,
    async run() {
      await sessions.removeExpired()
      await logoutTokenStore.removeOld(database)
      await audit.removeOld(database)
    },
  }
  return { routes, authRoutes, authenticate, endings: identity.endings, sweeps: [sweep] }
}

function createIdentity(deps: AccountDeps) {
  const { database, config, upstreams } = deps
  const { oidc: issuerOptions, publicUrl, permissions: permissionTable } = config
  const discover = createDiscovery({ ...issuerOptions, publicUrl, upstreams })
  const oidc = createOidcClient(discover, { ...issuerOptions, publicUrl, upstreams })
  const endings = createEndings(deps.cache)
  const principals = createPrincipalStore(database)
  const metrics = createAuthMetrics(deps.metrics)
  const cookies = createCookies({ publicUrl })
  const origins: ReadonlySet<string> = new Set([new URL(publicUrl).origin, ...config.corsOrigins])
  const shared = { ...deps, ...config.sessions, endings, principals, metrics, origins, permissionTable }
  const verifier = createTokenVerifier({ discover, audience: issuerOptions.clientId })
  const accessTokens = createAccessTokens({ ...shared, verifier })
  const personalTokens = createPersonalTokens(shared)
  const sessions = createSessions({ ...shared, refreshTokens: oidc.refresh })
  return {
    ...{ discover, oidc, endings, principals, metrics, cookies, origins, sessions },
    authenticate: createAuthenticate({ accessTokens, personalTokens, sessions, cookies }),
  }
}
