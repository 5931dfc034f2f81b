import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Configuration, KoaContextWithOIDC, default as Provider } from 'oidc-provider'
import { accessTokenSeconds, audience, claimsOf, ensureIssuerKeys } from './issuer-keys.ts'
import { escapeHtml, messagePage } from './issuer-pages.ts'
import { createSignIn } from './issuer-sign-in.ts'
import { openIssuerStore } from './issuer-store.ts'
import { findUser } from './users.ts'

/** RFC 8707 wants a URI as resource indicator; the tokens' `aud` stays the client id that ultid expects. */
const resource = 'urn:ulti:backend'
const scopes = ['openid', 'offline_access', 'email', 'profile', 'groups']
const days = 86_400

export type IssuerOptions = {
  port: number
  /** Keys, sessions and refresh tokens lie here. */
  stateDir: string
  /** Origins of the applications that may ask for a sign-in, e.g. `http://localhost:8080`. */
  appOrigins: string[]
}

/**
 * An OpenID Connect issuer at http://localhost:<port> that listens on loopback only and knows the demo users: code flow
 * with PKCE, refresh tokens, RP-initiated and back-channel logout. Access tokens are RS256 JWTs for an hour.
 */
export async function startIssuer({ port, stateDir, appOrigins }: IssuerOptions) {
  const url = `http://localhost:${port}`
  const keys = await ensureIssuerKeys(stateDir, url)
  const store = await openIssuerStore(join(stateDir, 'sessions.json'))
  const provider: Provider = new (await loadProvider())(url, {
    ...policy,
    adapter: store.adapter,
    jwks: { keys: [keys.signingKey] },
    // Browsers share cookies among all ports of a host: several sandboxes may run.
    cookies: {
      keys: [keys.cookieKey],
      names: { session: `ulti_session_${port}`, interaction: `ulti_sign_in_${port}`, resume: `ulti_resume_${port}` },
    },
    clients: [client(appOrigins)],
    loadExistingGrant: (ctx) => grantEverything(provider, ctx),
  })
  allowAnyPath(provider, appOrigins)

  const signIn = createSignIn(provider)
  const answerProtocol = provider.callback()
  const server = createServer((request, response) => {
    if (request.url === '/') return sendLanding(response, url)
    if (request.url?.startsWith('/sign-in/')) return void signIn(request, response)
    return void answerProtocol(request, response)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
      await store.close()
    },
  }
}

/** The package warns at import about every Node release that it does not know yet. */
async function loadProvider() {
  const { warn } = console
  console.warn = () => {}
  try {
    return (await import('oidc-provider')).Provider
  } finally {
    console.warn = warn
  }
}

const policy: Configuration = {
  scopes,
  claims: {
    openid: ['sub', 'sid'],
    email: ['email', 'email_verified'],
    profile: ['name', 'preferred_username'],
    groups: ['groups'],
  },
  // Applications read the user from the ID token: an access token for ultid is refused at the userinfo endpoint.
  conformIdTokenClaims: false,
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    revocation: { enabled: true },
    rpInitiatedLogout: { enabled: true, logoutSource: confirmLogout, postLogoutSuccessSource: confirmedLogout },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: scopes.join(' '),
        audience,
        accessTokenFormat: 'jwt',
        accessTokenTTL: accessTokenSeconds,
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
  findAccount(_ctx, id) {
    const user = findUser(id)
    return user && { accountId: id, claims: () => ({ sub: id, ...claimsOf(user) }) }
  },
  extraTokenClaims(_ctx, token) {
    const user = 'accountId' in token && token.accountId ? findUser(token.accountId) : undefined
    return user && claimsOf(user)
  },
  interactions: { url: (_ctx, interaction) => `/sign-in/${interaction.uid}` },
  renderError(ctx, { error, error_description: description }) {
    ctx.type = 'html'
    ctx.body = messagePage('That did not work', `<p>${escapeHtml(`${error}: ${description ?? ''}`)}</p>`)
  },
  // A refresh token without offline_access as well, as Authentik and Keycloak do: it ends with the sign-in here.
  issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
  ttl: {
    AccessToken: accessTokenSeconds,
    IdToken: accessTokenSeconds,
    Interaction: 3600,
    Session: 14 * days,
    Grant: 30 * days,
    RefreshToken: 30 * days,
  },
  // The provider refuses private addresses; back-channel logout goes to ultid on this machine.
  fetch(url, options) {
    const { dispatcher: _guarded, ...rest } = options as RequestInit & { dispatcher?: unknown }
    return fetch(url, rest)
  },
}

function client(appOrigins: string[]) {
  return {
    client_id: audience,
    client_name: 'Ulti',
    client_secret: 'changeme',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code' as const],
    redirect_uris: appOrigins.map((origin) => `${origin}/api/v1/auth/callback`),
    post_logout_redirect_uris: appOrigins.map((origin) => `${origin}/`),
    backchannel_logout_uri: `${appOrigins[0]}/api/v1/auth/backchannel-logout`,
    backchannel_logout_session_required: true,
  }
}

/** A front end under development moves its callback about: any path on a known origin will do here. */
function allowAnyPath(provider: Provider, appOrigins: string[]) {
  const isKnown = (uri: string) => URL.canParse(uri) && appOrigins.includes(new URL(uri).origin)
  provider.Client.prototype.redirectUriAllowed = isKnown
  provider.Client.prototype.postLogoutRedirectUriAllowed = isKnown
}

/** No consent page: the only client is our own. */
async function grantEverything(provider: Provider, ctx: KoaContextWithOIDC) {
  const { client, session } = ctx.oidc
  if (!client || !session?.accountId) return undefined
  const grantId = session.grantIdFor(client.clientId)
  const known = grantId && (await provider.Grant.find(grantId))
  if (known) return known
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope(scopes.join(' '))
  grant.addResourceScope(resource, scopes.join(' '))
  await grant.save()
  return grant
}

function confirmLogout(ctx: KoaContextWithOIDC, form: string) {
  const button = '<button autofocus form="op.logoutForm" name="logout" value="yes">Sign out</button>'
  ctx.body = messagePage('Sign out', `<p>Do you want to sign out of the sandbox?</p>${form}${button}`)
}

function confirmedLogout(ctx: KoaContextWithOIDC) {
  ctx.body = messagePage('Signed out', '<p>You may close this page.</p>')
}

function sendLanding(response: ServerResponse<IncomingMessage>, url: string) {
  const discovery = `${url}/.well-known/openid-configuration`
  response.setHeader('content-type', 'text/html; charset=utf-8').end(
    messagePage(
      'Ulti sandbox',
      `<p>This is the OpenID Connect issuer of the sandbox. Applications send you here to sign in as
      <code>alice</code>, <code>bob</code> or <code>carol</code>.</p>
      <p>In a terminal, <code>npm run -s token alice</code> prints an access token.</p>
      <p><a href="${discovery}">Discovery document</a></p>`,
    ),
  )
}
