import type { NextcloudQuota, UserAdministration } from '#integrations/nextcloud/user-administration.ts'
import type { Database } from '#platform/database/database.ts'
import { accountStore as store } from './account-store.ts'

export type NextcloudAdministration = ReturnType<typeof createNextcloudAdministration>

/** People at Nextcloud as its administrator handles them. Whoever has no account there is passed over. */
export function createNextcloudAdministration(deps: {
  database: Database
  users: UserAdministration
  /** Forgets how ultid acts there for a person. */
  forget: (ownerId: string) => void
}) {
  const { database, users, forget } = deps
  const uidOf = async (ownerId: string) => (await store.uidOf(database, ownerId))?.uid
  return {
    /** For administration: who may come in. */
    access: {
      system: 'nextcloud' as const,
      async setActive(ownerId: string, isActive: boolean): Promise<void> {
        const uid = await uidOf(ownerId)
        if (uid !== undefined) await users.setEnabled(uid, isActive)
        forget(ownerId)
      },
    },
    /** Undefined for whoever has no account there. */
    async quotaOf(ownerId: string): Promise<NextcloudQuota | undefined> {
      const uid = await uidOf(ownerId)
      return uid === undefined ? undefined : users.quotaOf(uid)
    },
    /** Bytes, no limit, or what it gives everybody. */
    async setQuota(ownerId: string, quota: number | 'none' | 'default'): Promise<void> {
      const uid = await uidOf(ownerId)
      if (uid !== undefined) await users.setQuota(uid, quota)
    },
    /** Ids of people who have an account there, in their order. */
    people: (page: { after: string | undefined; limit: number }): Promise<string[]> => store.owners(database, page),
    async remove(ownerId: string): Promise<void> {
      const uid = await uidOf(ownerId)
      if (uid !== undefined) await users.remove(uid)
      forget(ownerId)
    },
  }
}
