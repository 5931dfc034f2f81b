import { audit, type RequestOrigin } from '#platform/audit/audit.ts'
import type { Actor } from '#platform/auth/actor.ts'
import { createDevicePassword, hashOfDevicePassword } from '#platform/auth/device-password.ts'
import { type DevicePasswordRow, devicePasswordStore as store } from '#platform/auth/device-password-store.ts'
import type { Endings } from '#platform/auth/endings.ts'
import { type Database, onCommit, type Transact, type Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { decodeCursor, pageOfRows } from '#platform/http/cursor.ts'
import { once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'

const maxDevices = 100

export const deviceModules = ['drive', 'calendar', 'contacts'] as const

export type NewDevice = { name: string; modules?: string[] }

export type Devices = ReturnType<typeof createDevices>

/** The phones and programs of a person, each with a password of its own. */
export function createDevices(deps: { database: Database; transact: Transact; keyRing: KeyRing; endings: Endings }) {
  const { database, transact, keyRing, endings } = deps

  async function insert(tx: Tx, actor: Actor, wanted: NewDevice, origin: RequestOrigin) {
    if ((await store.count(tx, actor.personId)) >= maxDevices) throw tooMany()
    const [id, password] = [newId(), createDevicePassword()]
    const hash = hashOfDevicePassword(password)
    if (!hash) throw new Error('What was made is no device password.')
    const modules = deviceModules.filter((module) => (wanted.modules ?? deviceModules).includes(module))
    const row = await store.insert(tx, actor.personId, { id, hash, name: wanted.name, modules })
    await audit.record(tx, {
      ...{ ownerId: actor.personId, actorId: actor.personId, action: 'account.device_created', target: id },
      ...{ outcome: 'success', origin, details: { name: wanted.name, modules } },
    })
    return { ...presented(row), password: keyRing.encrypt(password, id) }
  }

  return {
    async list(ownerId: string, { limit, cursor }: { limit: number; cursor: string | undefined }) {
      const [before] = cursor === undefined ? [undefined] : decodeCursor(cursor, ['uuid'])
      const rows = await store.list(database, ownerId, limit + 1, before)
      return pageOfRows(rows, limit, presented)
    },

    /**
     * Answers the password, this once; with the same idempotency key again, from the sealed answer.
     * @throws AppError `auth.forbidden` to a personal token, `account.too_many_devices`
     */
    async create(actor: Actor, wanted: NewDevice, idempotencyKey: string | undefined, origin: RequestOrigin) {
      if (actor.credential === 'personal_token') throw noOffspring()
      const request = { ownerId: actor.personId, scope: 'account.devices', key: idempotencyKey, body: wanted }
      const { body } = await transact((tx) =>
        once(tx, request, async () => ({ status: 201, body: await insert(tx, actor, wanted, origin) })),
      )
      return { ...body, password: keyRing.decrypt(body.password, body.id) }
    },

    /** @throws AppError `not_found` */
    revoke(actor: Actor, id: string, origin: RequestOrigin): Promise<void> {
      return transact(async (tx) => {
        const removed = await store.remove(tx, actor.personId, id)
        if (!removed) throw notFound('device')
        await audit.record(tx, {
          ...{ ownerId: actor.personId, actorId: actor.personId, action: 'account.device_revoked', target: id },
          ...{ outcome: 'success', origin, details: { name: removed.name } },
        })
        onCommit(tx, () => endings.announce({ ownerId: actor.personId, credentialId: id }))
      })
    },
  }
}

const presented = ({ id, name, modules, created_at, last_used_at, last_user_agent }: DevicePasswordRow) => ({
  ...{ id, name, modules, last_user_agent },
  created_at: created_at.toISOString(),
  last_used_at: last_used_at?.toISOString() ?? null,
})

const noOffspring = () =>
  new AppError('forbidden', 'auth.forbidden', 'A personal token cannot make a device password; sign in to make one.')

const tooMany = () =>
  new AppError('conflict', 'account.too_many_devices', `You have ${maxDevices} devices; revoke some first.`)
