import type { PermissionTable } from '#platform/auth/permissions.ts'
import type { Database } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { type Caller, recordChange } from '../changes.ts'
import { personStore as store } from '../people/person-store.ts'
import { requireNoMorePrivilege } from '../people/privilege.ts'

/** Bytes; a quota of null is the installation's own. */
export type StorageQuota = { used: number; quota: number | null }

/** Who keeps people's files. */
export type FileStorage = {
  /** Undefined for whoever has none there yet. */
  quotaOf(personId: string): Promise<StorageQuota | undefined>
  setQuota(personId: string, bytes: number | null): Promise<void>
}

export type DriveQuotas = ReturnType<typeof createDriveQuotas>

/** How much people may keep in their drive, and how much they do. */
export function createDriveQuotas(deps: {
  database: Database
  fileStorage: FileStorage | undefined
  permissionTable: PermissionTable
}) {
  const { database } = deps

  async function ofPerson(personId: string) {
    if (!deps.fileStorage) throw storageOff()
    const person = await store.find(database, personId)
    if (!person) throw notFound('person')
    const quota = await deps.fileStorage.quotaOf(personId)
    if (!quota) throw notFound('drive of this person')
    return { person, quota, fileStorage: deps.fileStorage }
  }

  return {
    /** @throws AppError `not_found`, `admin.file_storage_off`. */
    view: async (personId: string): Promise<StorageQuota> => (await ofPerson(personId)).quota,

    /** @throws AppError `not_found`, `admin.file_storage_off`, `auth.forbidden`. */
    async set(caller: Caller, personId: string, bytes: number | null): Promise<StorageQuota> {
      const { person, quota: before, fileStorage } = await ofPerson(personId)
      requireNoMorePrivilege(caller.actor, person.groups, deps.permissionTable)
      await fileStorage.setQuota(personId, bytes)
      const after = (await fileStorage.quotaOf(personId)) ?? { used: before.used, quota: bytes }
      await recordChange(database, caller, {
        ...{ ownerId: personId, action: 'admin.quota_changed', target: personId },
        ...{ before: { quota: before.quota }, after: { quota: after.quota } },
      })
      return after
    },
  }
}

const storageOff = () =>
  new AppError(
    'conflict',
    'admin.file_storage_off',
    'Quotas of drives are not set here: Nextcloud is switched off, or ultid does not have its administrator’s password.',
  )
