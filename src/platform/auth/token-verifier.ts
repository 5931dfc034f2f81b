import { errors, type JWTPayload, jwtVerify } from 'jose'
import { AppError } from '#platform/errors.ts'
import { type Issuer, issuerAway, signatureAlgorithms } from './issuer.ts'

/** `issuer` is the issuer's one name, whichever of its accepted names the token bears: a person stays one person. */
export type VerifiedToken = { issuer: string; subject: string; expiresAt: Date; claims: JWTPayload }
export type TokenVerifier = {
  /** @throws AppError `auth.invalid_token`, `auth.expired_token`, or `upstream_unavailable` when the issuer is away. */
  verify(token: string): Promise<VerifiedToken>
}

/** Verifies access tokens of one OIDC issuer. */
export function createTokenVerifier(options: { discover: () => Promise<Issuer>; audience: string }): TokenVerifier {
  return {
    async verify(token) {
      const { name, names, keys } = await options.discover()
      try {
        const { payload } = await jwtVerify(token, keys, {
          issuer: [...names],
          audience: options.audience,
          algorithms: signatureAlgorithms,
          requiredClaims: ['sub', 'exp', 'iss'],
        })
        const { sub, exp = 0 } = payload
        if (!isSubject(sub)) throw new errors.JWTInvalid('"sub" must be a text')
        return { issuer: name, subject: sub, expiresAt: new Date(exp * 1000), claims: payload }
      } catch (error) {
        throw refusal(error)
      }
    },
  }
}

function refusal(error: unknown): AppError {
  if (error instanceof errors.JWTExpired) {
    return new AppError(
      'unauthenticated',
      'auth.expired_token',
      'The access token has expired; get a new one and try again.',
    )
  }
  if (!isRefusal(error)) return issuerAway(error)
  return new AppError('unauthenticated', 'auth.invalid_token', 'The access token is not valid here; sign in again.', {
    cause: error,
  })
}

// A key set that could not be fetched; a failed connection is no JOSEError at all.
const awayCodes = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JOSE_GENERIC', 'ERR_JWKS_INVALID'])

/** Whether the token is at fault, rather than the way to the issuer's keys. */
export const isRefusal = (error: unknown): boolean => error instanceof errors.JOSEError && !awayCodes.has(error.code)

/** RFC 7519 §4.1.2 says a string; some issuers send numbers, and 1 and "1" would become one person. */
export const isSubject = (sub: unknown): sub is string => typeof sub === 'string' && /^[^\0]+$/.test(sub)
