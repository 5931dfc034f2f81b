import { createHash, randomBytes } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { ImmichRecords, Link, User } from './records.ts'
import { Refusal } from './refusal.ts'

/** Who asks: a user by a key or a session, or somebody who came by a link. */
export type Caller = { user: User; link: Link | undefined }
export type Authentication = ReturnType<typeof createAuthentication>

/** API keys with their permissions, sessions, and the keys of shared links. */
export function createAuthentication(records: ImmichRecords, now: () => Date) {
  const sessions = new Map<string, string>()

  function userOf(id: string | undefined): User {
    const user = records.users.find((one) => one.id === id)
    if (!user) throw new Refusal(401, 'Authentication required')
    return user
  }

  function byKey(secret: string, permission: string): User {
    const key = records.keys.find((one) => one.secret === secret)
    if (!key) throw new Refusal(401, 'Invalid API key')
    if (!key.permissions.includes('all') && !key.permissions.includes(permission)) {
      throw new Refusal(403, `Missing required permission: ${permission}`)
    }
    return userOf(key.userId)
  }

  function byLink(key: string): Caller {
    const link = records.links.find((one) => one.key === key)
    if (!link || (link.expiresAt !== null && new Date(link.expiresAt) < now())) {
      throw new Refusal(401, 'Invalid share key')
    }
    return { user: userOf(link.userId), link }
  }

  return {
    /** @throws Refusal 401 and 403. A link opens what says so. */
    require(request: FastifyRequest, permission: string, options: { isOpenToLinks?: boolean } = {}): Caller {
      const { 'x-api-key': key, 'x-immich-share-key': share, authorization } = request.headers
      const shareKey = share ?? (request.query as { key?: string }).key
      if (typeof shareKey === 'string' && options.isOpenToLinks) return byLink(shareKey)
      if (typeof key === 'string') return { user: byKey(key, permission), link: undefined }
      const token = authorization?.replace(/^Bearer /, '') ?? ''
      return { user: userOf(sessions.get(token)), link: undefined }
    },
    signIn(email: string, password: string): { accessToken: string; user: User } {
      const user = records.users.find((one) => one.email === email.toLowerCase() && one.password === password)
      if (!user) throw new Refusal(401, 'Incorrect email or password')
      const accessToken = randomBytes(32).toString('base64url')
      sessions.set(accessToken, user.id)
      return { accessToken, user }
    },
    signOut: (authorization = ''): boolean => sessions.delete(authorization.replace(/^Bearer /, '')),
    openSessions: (): number => sessions.size,
  }
}

/** What proves that the password of a link is known. */
export const linkToken = ({ id, password }: Link): string =>
  createHash('sha256').update(`${id}-${password}`).digest('base64')
