import type { IncomingHttpHeaders } from 'node:http'
import type { Database } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { RateLimits } from '#platform/http/rate-limits.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type Actor, vouchedUntil } from './actor.ts'
import { hashOfDevicePassword } from './device-password.ts'
import { devicePasswordStore as store } from './device-password-store.ts'
import { type Endings, isEnded } from './endings.ts'
import type { Grants } from './permissions.ts'
import { createShortMemory } from './short-memory.ts'

/** A revoked password stops within a second even on a node which the word did not reach. */
const rememberedMs = 800

type Credentials = { user: string; password: string }

/**
 * Turns a name and a device password (RFC 7617) into an actor, who may do what the password is for and its owner still
 * may. Devices ask often, so what is limited are failures, by address.
 */
export function createDevicePasswords(deps: {
  database: Database
  grants: Grants
  endings: Endings
  limits: Pick<RateLimits, 'ofFailures' | 'noteFailure'>
  log: Logger
}) {
  const { database, grants, endings, limits, log } = deps
  const remembered = createShortMemory<Actor>(20_000)
  endings.listen((ending) =>
    remembered.forget(({ personId, credentialId }) => isEnded(ending, { ownerId: personId, credentialId })),
  )

  async function find({ user, password }: Credentials, userAgent: string): Promise<Actor | undefined> {
    const hash = hashOfDevicePassword(password)
    if (!hash || user === '' || user.length > 320) return undefined
    for (const ownerId of await store.ownersCalled(database, user)) {
      const row = await store.findByHash(database, ownerId, hash)
      if (!row) continue
      if (row.is_use_unrecorded) {
        store.recordUse(database, ownerId, row.id, userAgent.slice(0, 200)).catch((error) => {
          log.warn({ err: error }, 'the use of a device password could not be recorded')
        })
      }
      const owned = grants(row.groups)
      const given = row.modules.flatMap((module) => [`${module}:read`, `${module}:write`])
      return {
        ...{ personId: ownerId, email: row.email, displayName: row.display_name },
        permissions: new Set(given.filter((permission) => owned.has(permission))),
        ...{ credential: 'device_password', credentialId: row.id, expiresAt: vouchedUntil(null) },
      }
    }
    return undefined
  }

  return {
    /** @throws AppError `auth.missing_device_password`, `auth.invalid_device_password`, `rate_limited` */
    async authenticate({ headers, ip }: { headers: IncomingHttpHeaders; ip: string }): Promise<Actor> {
      const { authorization } = headers
      if (authorization === undefined) throw missingPassword()
      const known = remembered.get(authorization)
      if (known) return known
      limits.ofFailures(ip)
      const credentials = credentialsOf(authorization)
      const actor = credentials && (await find(credentials, headers['user-agent'] ?? ''))
      if (!actor) {
        limits.noteFailure(ip)
        throw invalidPassword()
      }
      remembered.set(authorization, actor, Date.now() + rememberedMs)
      return actor
    },
  }
}

export type DevicePasswords = ReturnType<typeof createDevicePasswords>

function credentialsOf(header: string): Credentials | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=]+) *$/i.exec(header) ?? []
  const [, user, password] = /^([^:\0]*):([^\0]*)$/.exec(Buffer.from(encoded ?? '', 'base64').toString('utf8')) ?? []
  return user === undefined || password === undefined ? undefined : { user, password }
}

const missingPassword = () =>
  new AppError(
    'unauthenticated',
    'auth.missing_device_password',
    'Sign in with your address and a device password, which POST /api/v1/account/devices makes.',
  )

const invalidPassword = () =>
  new AppError(
    'unauthenticated',
    'auth.invalid_device_password',
    'This address and device password do not belong together, or the password was revoked; make a new one.',
  )
