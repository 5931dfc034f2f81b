import type { Config } from '#config/config.ts'
import { createOAuthClient, type OAuthClient } from '#integrations/mail-oauth/oauth-client.ts'
import { watchOAuth } from '#integrations/mail-oauth/watched-oauth.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import type { GuardedFetch } from '#platform/network/guarded-fetch.ts'
import type { Upstreams } from '#platform/observability/upstreams.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import type { MailProvider } from '../oauth/authorizations.ts'
import { createGrants, type Grants } from '../oauth/grants.ts'
import type { Wake } from '../wake.ts'
import { type Connections, createConnections } from './connections.ts'

export type AccountAccessDeps = {
  database: Database
  transact: Transact
  events: Events
  wake: Pick<Wake, 'account'>
  keyRing: KeyRing
  http: GuardedFetch
  upstreams: Upstreams
  config: Pick<Config['mail'], 'oauthProviders'>
  /** Client secrets of the OAuth providers, by name. */
  oauthSecrets: ReadonlyMap<string, string>
}

export type AccountAccess = {
  oauth: OAuthClient
  providers: ReadonlyMap<string, MailProvider>
  grants: Grants
  connections: Connections
}

/** All that it takes to get at an account's servers, by password or by token. */
export function createAccountAccess(deps: AccountAccessDeps): AccountAccess {
  const { config, oauthSecrets } = deps
  const providers = new Map(
    config.oauthProviders.map((provider) => [
      provider.name,
      { ...provider, clientSecret: oauthSecrets.get(provider.name) },
    ]),
  )
  const oauth = watchOAuth(createOAuthClient(deps), deps.upstreams)
  const grants = createGrants({ ...deps, oauth, providers })
  return { oauth, providers, grants, connections: createConnections({ ...deps, grants }) }
}
