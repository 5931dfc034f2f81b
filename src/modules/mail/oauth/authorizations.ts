import { createHash, randomBytes } from 'node:crypto'
import { parse } from 'uuid'
import type { MailOAuthProvider } from '#config/config.ts'
import { authorizationUrl, type OAuthClient } from '#integrations/mail-oauth/oauth-client.ts'
import { uuidOf } from '#platform/auth/personal-token.ts'
import type { Cookies } from '#platform/auth/session-cookie.ts'
import type { Database } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { returnAddress } from '#platform/http/return-address.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type Authorization, authorizationStore as store } from './authorization-store.ts'
import type { Connect } from './connect.ts'
import { oauthAccountStore } from './oauth-account-store.ts'

export type MailProvider = MailOAuthProvider & { clientSecret: string | undefined }

export type AuthorizationDeps = {
  database: Database
  oauth: OAuthClient
  providers: ReadonlyMap<string, MailProvider>
  connect: Connect
  cookies: Pick<Cookies, 'read' | 'forSignIn' | 'removal'>
  log: Logger
  publicUrl: string
  /** Where `return_to` may lead, beside this service. */
  origins: ReadonlySet<string>
}

export type NewAuthorization = {
  provider: string
  email: string
  name?: string
  mail_account_id?: string
  return_to: string
}

export type Authorizations = ReturnType<typeof createAuthorizations>

/** How long somebody may take to sign in at the provider. */
const lifetimeSeconds = 600

/**
 * Sign-ins at mail providers. The state names the owner and is kept as a hash, for one use. The PKCE verifier is a
 * cookie of the browser that began: only there can the sign-in end, so nobody can be lured into giving their mailbox to
 * whoever began it (RFC 9700 §4.7).
 */
export function createAuthorizations(deps: AuthorizationDeps) {
  const { database, cookies, providers } = deps
  const redirectUri = `${deps.publicUrl}/api/v1/mail/oauth/callback`

  async function usernameFor(ownerId: string, body: NewAuthorization, provider: MailProvider): Promise<string> {
    // One mailbox, however its address is typed; no provider tells two apart by that.
    if (body.mail_account_id === undefined) return body.email.toLowerCase()
    const account = await oauthAccountStore.find(database, ownerId, body.mail_account_id)
    if (!account) throw notFound('mail account')
    const { host, username } = account.imap
    const isSame = [account.email, username].every((name) => name.toLowerCase() === body.email.toLowerCase())
    if (isSame && host === provider.imap.host) return username
    throw new AppError(
      'conflict',
      'mail.oauth_account_mismatch',
      'This account is another mailbox than the one at that provider; connect that as an account of its own.',
    )
  }

  async function finish(begun: Begun, answer: ProviderAnswer): Promise<Record<string, string>> {
    try {
      const provider = providers.get(begun.provider)
      if (!provider) throw unknownProvider(begun.provider)
      const tokens = await tokensFor(deps.oauth, provider, answer, { codeVerifier: begun.codeVerifier, redirectUri })
      return { mail_account_id: await deps.connect(begun.ownerId, begun, provider, tokens) }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      deps.log.info({ provider: begun.provider, code: error.code, err: error }, 'a mailbox was not connected by OAuth')
      return { error: error.code }
    }
  }

  return {
    /**
     * @returns the address for the browser and a cookie that it must bring back.
     * @throws AppError `mail.oauth_provider_unknown`, `mail.oauth_account_mismatch`, `auth.return_to_refused`, `not_found`
     */
    async start(ownerId: string, body: NewAuthorization) {
      const provider = providers.get(body.provider)
      if (!provider) throw unknownProvider(body.provider)
      const returnTo = returnAddress(body.return_to, deps.publicUrl, deps.origins)
      const username = await usernameFor(ownerId, body, provider)
      const state = Buffer.concat([parse(ownerId), randomBytes(32)]).toString('base64url')
      const codeVerifier = randomBytes(32).toString('base64url')
      const codeChallenge = challengeOf(codeVerifier)
      const expiresAt = await store.insert(database, ownerId, {
        ...{ stateHash: hashOf(state), codeChallenge, lifetimeSeconds },
        ...{ provider: provider.name, email: username, name: body.name ?? '' },
        ...{ mailAccountId: body.mail_account_id ?? null, returnTo },
      })
      return {
        url: authorizationUrl(provider, { redirectUri, state, codeChallenge, loginHint: username }).href,
        expiresAt,
        cookie: cookies.forSignIn(cookieNameOf(state), codeVerifier, lifetimeSeconds),
      }
    },

    /**
     * The browser is back from the provider. Once it is known whose sign-in this is, every outcome leads to `return_to`.
     * @throws AppError `mail.oauth_refused` for a state that is unknown, used, too old, or of another browser.
     */
    async finish(state: string, answer: ProviderAnswer, cookieHeader: string | undefined) {
      const begun = await take(database, state, cookies.read(cookieHeader, cookieNameOf(state)))
      if (!begun) throw unknownState()
      const url = new URL(begun.returnTo)
      for (const [name, value] of Object.entries(await finish(begun, answer))) url.searchParams.set(name, value)
      return { location: url.href, cookie: cookies.removal(cookieNameOf(state)) }
    },
  }
}

/** What the provider put into the address: RFC 6749 §4.1.2. */
export type ProviderAnswer = { code?: string | undefined; error?: string | undefined }

type Begun = Authorization & { ownerId: string; codeVerifier: string }

async function take(database: Database, state: string, codeVerifier: string | undefined): Promise<Begun | undefined> {
  if (!codeVerifier || !/^[\w-]{64}$/.test(state)) return undefined
  const ownerId = uuidOf(Buffer.from(state, 'base64url').subarray(0, 16))
  const found = await store.take(database, ownerId, hashOf(state), challengeOf(codeVerifier))
  return found && { ...found, ownerId, codeVerifier }
}

async function tokensFor(
  oauth: OAuthClient,
  provider: MailProvider,
  { code, error }: ProviderAnswer,
  checks: { codeVerifier: string; redirectUri: string },
) {
  if (error === 'access_denied') throw denied()
  const tokens = code === undefined ? 'refused' : await oauth.exchange(provider, { code, ...checks })
  if (tokens === 'refused') throw refused()
  const { refreshToken } = tokens
  if (refreshToken === undefined) throw withoutRefreshToken(provider.name)
  return { ...tokens, refreshToken }
}

const hashOf = (state: string): Buffer => createHash('sha256').update(state).digest()
const challengeOf = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url')

/** Sign-ins in several tabs do not disturb one another. The state begins with the owner, its end is random. */
const cookieNameOf = (state: string): string => `mail_oauth_${state.slice(-8).replaceAll(/[^\w-]/g, '')}`

const unknownProvider = (name: string) =>
  new AppError('unprocessable', 'mail.oauth_provider_unknown', `There is no sign-in at a provider ${name} here.`)

const unknownState = () =>
  new AppError(
    'invalid',
    'mail.oauth_refused',
    'This sign-in was not begun in this browser, was used already or is too old; start again.',
  )

const refused = () =>
  new AppError('unprocessable', 'mail.oauth_refused', 'The provider did not complete the sign-in; start again.')

const denied = () => new AppError('unprocessable', 'mail.oauth_denied', 'Access to the mailbox was not granted.')

const withoutRefreshToken = (name: string) =>
  new AppError(
    'unprocessable',
    'mail.oauth_not_lasting',
    `The provider ${name} gave access for a moment only (no refresh token); ask your administrator to check its scopes.`,
  )
