import { randomBytes } from 'node:crypto'
import type { OidcClient } from '#integrations/oidc/oidc-client.ts'
import { audit, type RequestOrigin } from '#platform/audit/audit.ts'
import type { Actor } from '#platform/auth/actor.ts'
import type { AuthMetrics } from '#platform/auth/auth-metrics.ts'
import type { IssuerTokens } from '#platform/auth/issuer-tokens.ts'
import type { PrincipalStore } from '#platform/auth/principal-store.ts'
import { type Cookies, readSessionCookie, type SessionClaim } from '#platform/auth/session-cookie.ts'
import type { Sessions } from '#platform/auth/sessions.ts'
import { suspended } from '#platform/auth/suspended.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { returnAddress } from '#platform/http/return-address.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'

/** How long somebody may take to sign in at the issuer. */
const attemptSeconds = 600

type Attempt = { state: string; nonce: string; codeVerifier: string; returnTo: string; startedAt: number }

export type SignInDeps = {
  database: Database
  transact: Transact
  oidc: OidcClient
  sessions: Sessions
  principals: PrincipalStore
  cookies: Cookies
  keyRing: KeyRing
  metrics: AuthMetrics
  log: Logger
  publicUrl: string
  origins: ReadonlySet<string>
}

export type SignIn = ReturnType<typeof createSignIn>

/**
 * Signs browsers in and out at the issuer. What must be remembered in between travels in a sealed cookie: no store can
 * lose it, and an answer that was meant for another browser finds no attempt here.
 */
export function createSignIn(deps: SignInDeps) {
  const { oidc, sessions, cookies, keyRing } = deps
  const redirectUri = `${deps.publicUrl}/api/v1/auth/callback`

  function takeAttempt(state: string, cookieHeader: string | undefined): Attempt | undefined {
    const sealed = cookies.read(cookieHeader, cookieNameOf(state))
    const attempt = sealed === undefined ? undefined : unseal(keyRing, sealed)
    if (!attempt || attempt.state !== state) return undefined
    return Date.now() - attempt.startedAt < attemptSeconds * 1000 ? attempt : undefined
  }

  async function tokensFor(attempt: Attempt, search: string, origin: RequestOrigin): Promise<IssuerTokens> {
    try {
      return await oidc.finish(new URL(`${redirectUri}${search}`), attempt)
    } catch (error) {
      const code = error instanceof AppError ? error.code : 'internal_error'
      const outcome = code === 'auth.sign_in_refused' ? 'refused' : 'failed'
      const details = { reason: code }
      deps.metrics.signIns.inc({ outcome })
      await audit.record(deps.database, { ownerId: undefined, action: 'account.signed_in', outcome, origin, details })
      throw error
    }
  }

  async function begin(tokens: IssuerTokens, previous: SessionClaim | undefined, origin: RequestOrigin) {
    if (!tokens.identity) throw unknownAttempt()
    const { id: ownerId, suspendedAt } = await deps.principals.upsert(tokens.identity)
    if (suspendedAt) {
      const refusal = { ownerId, action: 'account.signed_in', outcome: 'refused', origin } as const
      await audit.record(deps.database, { ...refusal, details: { reason: 'auth.suspended' } })
      throw suspended()
    }
    return deps.transact(async (tx) => {
      const begun = await sessions.begin(tx, ownerId, tokens, origin)
      if (previous) await sessions.endByClaim(tx, previous)
      await audit.record(tx, {
        ...{
          ownerId,
          actorId: ownerId,
          action: 'account.signed_in',
          target: begun.claim.id,
          outcome: 'success',
          origin,
        },
      })
      return begun
    })
  }

  return {
    /** @throws AppError `auth.return_to_refused`, `upstream_unavailable` */
    async start(returnTo: string): Promise<{ location: string; cookie: string }> {
      const random = () => randomBytes(32).toString('base64url')
      const checks = { state: random(), nonce: random(), codeVerifier: random() }
      const attempt: Attempt = {
        ...checks,
        returnTo: returnAddress(returnTo, deps.publicUrl, deps.origins),
        startedAt: Date.now(),
      }
      const location = await oidc.authorizationUrl(redirectUri, checks)
      const sealed = keyRing.encrypt(JSON.stringify(attempt), 'sign-in')
      return { location: location.href, cookie: cookies.forSignIn(cookieNameOf(checks.state), sealed, attemptSeconds) }
    },

    /**
     * The browser is back from the issuer with `search` in its address.
     * @throws AppError `auth.sign_in_refused`, `auth.suspended`, `upstream_unavailable`
     */
    async finish(state: string, search: string, cookieHeader: string | undefined, origin: RequestOrigin) {
      const attempt = takeAttempt(state, cookieHeader)
      if (!attempt) throw unknownAttempt()
      const tokens = await tokensFor(attempt, search, origin)
      const previous = readSessionCookie(cookies.read(cookieHeader, 'session') ?? '')
      const { claim, expiresAt } = await begin(tokens, previous, origin)
      deps.metrics.signIns.inc({ outcome: 'success' })
      return {
        location: attempt.returnTo,
        cookies: [...cookies.forSession(claim, expiresAt), cookies.removal(cookieNameOf(state))],
      }
    },

    /**
     * Ends the session of this request, and names the page where the browser ends that of the issuer.
     * @throws AppError `auth.return_to_refused`
     */
    async end(actor: Actor, returnTo: string, origin: RequestOrigin) {
      const target = returnAddress(returnTo, deps.publicUrl, deps.origins)
      const { personId: ownerId, credentialId } = actor
      if (actor.credential === 'session' && credentialId) {
        const ended = await deps.transact(async (tx) => {
          const session = await sessions.end(tx, ownerId, credentialId)
          await audit.record(tx, {
            ...{
              ownerId,
              actorId: ownerId,
              action: 'account.signed_out',
              target: credentialId,
              outcome: 'success',
              origin,
            },
          })
          return session
        })
        const revoked = ended?.refreshToken === undefined ? Promise.resolve() : oidc.revoke(ended.refreshToken)
        revoked.catch((error) => deps.log.warn({ err: error }, 'a refresh token could not be revoked at the issuer'))
      }
      // An issuer that is away must not keep anybody from signing out here.
      const logoutUrl = await oidc.endSessionUrl(target).catch(() => undefined)
      return { logoutUrl: logoutUrl?.href ?? null, cookies: ['session', 'csrf'].map(cookies.removal) }
    },
  }
}

/** Attempts in several tabs do not disturb one another. */
const cookieNameOf = (state: string): string => `sign_in_${state.slice(0, 8)}`

function unseal(keyRing: KeyRing, sealed: string): Attempt | undefined {
  try {
    return JSON.parse(keyRing.decrypt(sealed, 'sign-in')) as Attempt
  } catch {
    return undefined
  }
}

const unknownAttempt = () =>
  new AppError(
    'invalid',
    'auth.sign_in_refused',
    'This sign-in was not begun in this browser or is too old; start again.',
  )
