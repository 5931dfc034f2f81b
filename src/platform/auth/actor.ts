/** How a request proved who makes it. */
export type CredentialKind = 'token' | 'session' | 'personal_token' | 'device_password'

/** Who makes a request: a person, what they may do, and until when this is known. */
export type Actor = {
  personId: string
  email: string | null
  displayName: string | null
  permissions: ReadonlySet<string>
  credential: CredentialKind
  /** The id of the session, the personal token or the device password; null for an access token of the issuer, which has none. */
  credentialId: string | null
  /** Whatever outlives the request that it came with, such as a socket, asks again then. */
  expiresAt: Date
}

/**
 * How long a session or a personal token vouches for something that outlives its request: the longest that a socket
 * can stay open when the word that its credential ended was lost.
 */
const vouchedForMs = 15 * 60_000

export const vouchedUntil = (end: Date | null, now = Date.now()): Date =>
  new Date(Math.min(end?.getTime() ?? Number.POSITIVE_INFINITY, now + vouchedForMs))
