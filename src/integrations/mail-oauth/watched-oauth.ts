import type { Upstreams } from '#platform/observability/upstreams.ts'
import type { OAuthClient } from './oauth-client.ts'

/** The same client, watched. A provider that refuses a grant has answered. */
export const watchOAuth = (oauth: OAuthClient, upstreams: Upstreams): OAuthClient => ({
  exchange: (provider, grant) =>
    upstreams.call({ system: 'oauth', operation: 'exchange' }, () => oauth.exchange(provider, grant)),
  refresh: (provider, refreshToken) =>
    upstreams.call({ system: 'oauth', operation: 'refresh' }, () => oauth.refresh(provider, refreshToken)),
})
