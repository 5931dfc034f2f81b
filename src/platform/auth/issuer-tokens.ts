import type { Identity } from './principal-store.ts'

/** What the issuer hands out at a sign-in or a refresh. */
export type IssuerTokens = {
  /** What the ID token says; undefined when a refresh brought none. */
  identity: Identity | undefined
  /** The issuer's session (claim `sid` of the ID token). */
  issuerSession: string | undefined
  refreshToken: string | undefined
  /** When the access token ends, and with it what the issuer vouches for. */
  expiresAt: Date
}

/**
 * Trades a refresh token for new tokens.
 * @returns `refused` when the issuer will never take this token again.
 * @throws AppError `upstream_unavailable` when the issuer is away.
 */
export type RefreshTokens = (refreshToken: string) => Promise<IssuerTokens | 'refused'>

const marginMs = 60_000

/** When to ask the issuer again: a minute before the end, sooner with tokens that live for less than two. */
export function refreshTimeOf({ expiresAt, refreshToken }: IssuerTokens, now = Date.now()): Date | null {
  if (refreshToken === undefined) return null
  const lifetime = expiresAt.getTime() - now
  return new Date(expiresAt.getTime() - Math.min(marginMs, lifetime / 2))
}

/** Whether the time has passed in which a refresh can go on behind the requests: then they wait for it. */
export const isOverdue = (refreshAt: number, now = Date.now()): boolean => now > refreshAt + marginMs
