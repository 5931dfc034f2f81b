import { createHash, createHmac, randomBytes } from 'node:crypto'
import { parse } from 'uuid'
import { readCookie, writeCookie } from '#platform/http/cookies.ts'
import { uuidOf } from './personal-token.ts'

/** What the cookie of a browser session says: whose session, which, and the secret that proves it. */
export type SessionClaim = { ownerId: string; id: string; secret: Buffer }

const secretBytes = 32

export const newSessionSecret = (): Buffer => randomBytes(secretBytes)
/** Only this is kept; 256 random bits need no slow hash. */
export const hashOfSecret = (secret: Buffer): Buffer => createHash('sha256').update(secret).digest()

/** The value that a front end must send back with every write: known to whoever can read it, useless elsewhere. */
export const csrfTokenOf = (secret: Buffer): string => createHmac('sha256', secret).update('csrf').digest('base64url')

const sessionCookieValue = ({ ownerId, id, secret }: SessionClaim): string =>
  Buffer.concat([parse(ownerId), parse(id), secret]).toString('base64url')

/** Undefined for anything that is no cookie of ours. */
export function readSessionCookie(value: string): SessionClaim | undefined {
  if (!/^[A-Za-z0-9_-]{86}$/.test(value)) return undefined
  const bytes = Buffer.from(value, 'base64url')
  return { ownerId: uuidOf(bytes.subarray(0, 16)), id: uuidOf(bytes.subarray(16, 32)), secret: bytes.subarray(32) }
}

export type Cookies = ReturnType<typeof createCookies>

/**
 * The cookies of this service. Behind TLS they are Secure and bear the prefix `__Host-`, which no sibling domain can
 * set (RFC 6265bis §4.1.3.2); SameSite=Lax lets the redirect from the issuer bring them.
 */
export function createCookies({ publicUrl }: { publicUrl: string }) {
  const isSecure = new URL(publicUrl).protocol === 'https:'
  const nameOf = (name: string) => `${isSecure ? '__Host-' : ''}ulti_${name}`
  const set = (name: string, value: string, options: { maxAgeSeconds: number; isHttpOnly: boolean }) =>
    writeCookie(nameOf(name), value, { ...options, isSecure })
  return {
    /** The value of the cookie `name` in a Cookie header. */
    read: (header: string | undefined, name: string): string | undefined =>
      header === undefined ? undefined : readCookie(header, nameOf(name)),
    /** Set-Cookie values. The second cookie can be read by the page, which sends its value back in X-CSRF-Token. */
    forSession(claim: SessionClaim, expiresAt: Date): string[] {
      const maxAgeSeconds = Math.floor((expiresAt.getTime() - Date.now()) / 1000)
      return [
        set('session', sessionCookieValue(claim), { maxAgeSeconds, isHttpOnly: true }),
        set('csrf', csrfTokenOf(claim.secret), { maxAgeSeconds, isHttpOnly: false }),
      ]
    },
    forSignIn: (name: string, value: string, maxAgeSeconds: number): string =>
      set(name, value, { maxAgeSeconds, isHttpOnly: true }),
    removal: (name: string): string => set(name, '', { maxAgeSeconds: 0, isHttpOnly: true }),
  }
}
