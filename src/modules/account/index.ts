import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { createOidcClient } from '#integrations/oidc/oidc-client.ts'
import { audit } from '#platform/audit/audit.ts'
import { createAccessTokens } from '#platform/auth/access-tokens.ts'
import { createAuthMetrics } from '#platform/auth/auth-metrics.ts'
import { createAuthenticate } from '#platform/auth/authentication.ts'
import { createDevicePasswords } from '#platform/auth/device-passwords.ts'
import { createEndings } from '#platform/auth/endings.ts'
import { createDiscovery } from '#platform/auth/issuer.ts'
import { type PermissionTable, permissionsOf } from '#platform/auth/permissions.ts'
import { createPersonalTokens } from '#platform/auth/personal-tokens.ts'
import { createPrincipalStore } from '#platform/auth/principal-store.ts'
import { createCookies } from '#platform/auth/session-cookie.ts'
import { sealedSessionColumns } from '#platform/auth/session-store.ts'
import { createSessions } from '#platform/auth/sessions.ts'
import { createSuspensions } from '#platform/auth/suspensions.ts'
import { createTokenVerifier } from '#platform/auth/token-verifier.ts'
import type { Cache } from '#platform/cache/cache.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import type { RateLimits } from '#platform/http/rate-limits.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Metrics } from '#platform/observability/metrics.ts'
import type { Upstreams } from '#platform/observability/upstreams.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import { deviceRoutes } from './devices/device-routes.ts'
import { createDevices } from './devices/devices.ts'
import { personCredentialsStore } from './person-credentials-store.ts'
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

/** What administrators set for people; see the module admin. */
export type AccountPolicies = {
  narrow(groups: readonly string[], granted: ReadonlySet<string>): ReadonlySet<string>
  lifetimes: {
    sessionMs(personId: string): Promise<number | undefined>
    tokenDays(personId: string): Promise<number | undefined>
  }
}

export type AccountDeps = {
  policies: AccountPolicies
  database: Database
  transact: Transact
  cache: Cache
  limits: RateLimits
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
    await http.register(tokenRoutes(createTokens({ ...shared, tokenDays: deps.policies.lifetimes.tokenDays })))
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
  const { endings, devicePasswords, suspensions, discover } = identity
  return {
    ...{ routes, authRoutes, authenticate, endings, devicePasswords, suspensions, sweeps: [sweep] },
    /** For administration: what each of these people may come in by. */
    async usage(personIds: readonly string[]): Promise<Map<string, Record<string, number>>> {
      const rows = await personCredentialsStore.count(database, personIds)
      return new Map(rows.map(({ owner_id, ...usage }) => [owner_id, usage]))
    },
    personData: {
      name: 'account',
      tables: ['principal', 'preference', 'personal_token', 'device_password', 'session', 'webhook_endpoint'],
    },
    /** The issuer whose people are known here. */
    discover,
    /** For phones and programs; of use where there is something to sync with. */
    deviceRoutes: deviceRoutes(createDevices(shared), config),
  }
}

function createIdentity(deps: AccountDeps) {
  const { database, config, upstreams } = deps
  const { oidc: issuerOptions, publicUrl, permissions } = config
  const { narrow, lifetimes } = deps.policies
  const grants = (groups: readonly string[]) => narrow(groups, permissionsOf(groups, permissions))
  const lifetimeOf = lifetimes.sessionMs
  const discover = createDiscovery({ ...issuerOptions, publicUrl, upstreams })
  const oidc = createOidcClient(discover, { ...issuerOptions, publicUrl, upstreams })
  const endings = createEndings(deps.cache)
  const principals = createPrincipalStore(database)
  const metrics = createAuthMetrics(deps.metrics)
  const cookies = createCookies({ publicUrl })
  const origins: ReadonlySet<string> = new Set([new URL(publicUrl).origin, ...config.corsOrigins])
  const shared = { ...deps, ...config.sessions, endings, principals, metrics, origins, grants, lifetimeOf }
  const verifier = createTokenVerifier({ discover, audience: issuerOptions.clientId })
  const accessTokens = createAccessTokens({ ...shared, verifier })
  const personalTokens = createPersonalTokens(shared)
  const sessions = createSessions({ ...shared, refreshTokens: oidc.refresh })
  return {
    ...{ discover, oidc, endings, principals, metrics, cookies, origins, sessions },
    devicePasswords: createDevicePasswords(shared),
    suspensions: createSuspensions({ sessions, endings }),
    authenticate: createAuthenticate({ accessTokens, personalTokens, sessions, cookies }),
  }
}
