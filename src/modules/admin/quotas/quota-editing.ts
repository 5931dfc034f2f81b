import type { PermissionTable } from '#platform/auth/permissions.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import { etagMismatch, etagOf, isMatch } from '#platform/http/etag.ts'
import type { LiveSettings } from '#platform/settings/live-settings.ts'
import { type Caller, recordChange } from '../changes.ts'
import { personStore } from '../people/person-store.ts'
import { requireNoMorePrivilege } from '../people/privilege.ts'
import type { DriveQuotas } from './drive-quotas.ts'
import { type GroupQuotas, type Limits, noQuotas, quotaKinds } from './quota.ts'
import { quotasKey } from './quota-evaluation.ts'
import { quotaStore as store } from './quota-store.ts'

export type QuotaEditing = ReturnType<typeof createQuotaEditing>

/** What administrators say of how much people may keep. Nothing that is kept already goes. */
export function createQuotaEditing(deps: {
  database: Database
  transact: Transact
  settings: LiveSettings
  permissionTable: PermissionTable
  drive: Pick<DriveQuotas, 'wake' | 'requireStorage'>
}) {
  const { database, transact, settings, drive } = deps
  const requireHeldTo = (limits: Limits) => {
    if (limits.drive !== undefined) drive.requireStorage()
  }
  return {
    etagOf,
    /** What is said of groups and of everybody. */
    viewGroups: (): Promise<GroupQuotas> =>
      transact(async (tx) => ((await settings.lock(tx, quotasKey)) as unknown as GroupQuotas | undefined) ?? noQuotas),

    /** @throws AppError `not_found`. */
    async requirePerson(personId: string): Promise<void> {
      if (!(await personStore.find(database, personId))) throw notFound('person')
    },

    /** @throws AppError `etag_mismatch`, `admin.file_storage_off`. */
    replaceGroups: (caller: Caller, next: GroupQuotas, ifMatch: string | undefined): Promise<GroupQuotas> =>
      transact(async (tx) => {
        for (const limits of [next.everybody, ...next.groups.map((one) => one.limits)]) requireHeldTo(limits)
        const before = ((await settings.lock(tx, quotasKey)) as unknown as GroupQuotas | undefined) ?? noQuotas
        if (!isMatch(ifMatch, etagOf(before))) throw etagMismatch()
        await settings.put(tx, quotasKey, next as never)
        const action = 'admin.group_quotas_changed'
        await recordChange(tx, caller, { action, before: before as never, after: next as never })
        await drive.wake(tx)
        // As it is read from now on: its ETag is of that.
        return ((await settings.lock(tx, quotasKey)) as unknown as GroupQuotas | undefined) ?? next
      }),

    /**
     * Says what holds for one person, whatever their groups say.
     * @throws AppError `not_found`, `auth.forbidden`, `admin.file_storage_off`.
     */
    replaceOwn: (caller: Caller, personId: string, next: Limits): Promise<void> =>
      transact(async (tx) => {
        requireHeldTo(next)
        const person = await personStore.lock(tx, personId)
        const [row] = await store.of(tx, [personId])
        if (!person || !row) throw notFound('person')
        requireNoMorePrivilege(caller.actor, person.groups, deps.permissionTable)
        for (const kind of quotaKinds) await store.put(tx, personId, kind, next[kind])
        await recordChange(tx, caller, {
          ...{ ownerId: personId, action: 'admin.quotas_changed', target: personId },
          ...{ before: { ...row.own }, after: { ...next } },
        })
        await drive.wake(tx)
      }),
  }
}
