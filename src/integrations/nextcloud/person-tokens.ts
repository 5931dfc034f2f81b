import { SignJWT } from 'jose'
import { createShortMemory } from '#platform/auth/short-memory.ts'

/** A key that Nextcloud knows by its id. */
export type SigningKey = { kid: string; privateKey: CryptoKey }

const lifetimeSeconds = 120
/** A request that waits in line must still arrive with time left. */
const renewMs = 45_000

/**
 * Tokens by which Nextcloud knows a person for two minutes (RFC 7519). user_oidc reads the name of the user from
 * `preferred_username`, and wants `iss` and `aud` to be those of its provider.
 */
export function createPersonTokens(deps: { issuer: string; audience: string; signingKey: () => Promise<SigningKey> }) {
  const made = createShortMemory<string>(20_000)
  return {
    async tokenOf(uid: string, { isStale }: { isStale: boolean }): Promise<string> {
      const known = isStale ? undefined : made.get(uid)
      if (known) return known
      const { kid, privateKey } = await deps.signingKey()
      const now = Math.floor(Date.now() / 1000)
      const token = await new SignJWT({ preferred_username: uid })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid })
        .setIssuer(deps.issuer)
        .setAudience(deps.audience)
        .setSubject(uid)
        .setIssuedAt(now)
        // Clocks of two machines differ.
        .setNotBefore(now - 5)
        .setExpirationTime(now + lifetimeSeconds)
        .sign(privateKey)
      made.set(uid, token, Date.now() + lifetimeSeconds * 1000 - renewMs)
      return token
    },
  }
}
