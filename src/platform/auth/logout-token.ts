import { errors, jwtVerify } from 'jose'
import { AppError } from '#platform/errors.ts'
import { type Issuer, issuerAway, signatureAlgorithms } from './issuer.ts'
import { isRefusal, isSubject } from './token-verifier.ts'

/** Who is to be signed out: one session of the issuer, or, without `sid`, a person everywhere. */
export type LogoutRequest = { issuer: string; jti: string; subject: string | undefined; sid: string | undefined }

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

/**
 * Validates a logout token (OpenID Connect Back-Channel Logout 1.0 §2.6), all but the replay of its `jti`.
 * @throws AppError `auth.invalid_logout_token`, or `upstream_unavailable` without the issuer's keys.
 */
export async function verifyLogoutToken(
  token: string,
  { issuer, audience }: { issuer: Issuer; audience: string },
): Promise<LogoutRequest> {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, issuer.keys, {
      issuer: [...issuer.names],
      audience,
      algorithms: signatureAlgorithms,
      requiredClaims: ['iat', 'jti', 'events'],
      maxTokenAge: logoutTokenSeconds,
      clockTolerance: 30,
    })
    const { jti, sub, sid, events } = payload
    // An access token or an ID token of the same issuer must not pass for a logout token.
    const { typ = 'JWT' } = protectedHeader
    if (!['jwt', 'logout+jwt'].includes(typ.toLowerCase())) throw new errors.JWTInvalid(`it is of the type ${typ}`)
    if (!isObject(events) || !isObject(events[logoutEvent])) throw new errors.JWTInvalid('it is about no logout')
    if ('nonce' in payload) throw new errors.JWTInvalid('it has a nonce')
    if (typeof jti !== 'string' || !isSubject(jti)) throw new errors.JWTInvalid('its jti is no text')
    if (sub === undefined && sid === undefined) throw new errors.JWTInvalid('it names neither a subject nor a session')
    if (sub !== undefined && !isSubject(sub)) throw new errors.JWTInvalid('its sub is no text')
    if (sid !== undefined && !isSubject(sid)) throw new errors.JWTInvalid('its sid is no text')
    return { issuer: issuer.name, jti, subject: sub, sid }
  } catch (error) {
    if (!isRefusal(error)) throw issuerAway(error)
    throw new AppError('invalid', 'auth.invalid_logout_token', 'The logout token is not valid.', { cause: error })
  }
}

/** A logout token is refused when it is older; its `jti` is remembered for longer. */
const logoutTokenSeconds = 300

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
