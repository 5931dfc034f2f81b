import type { PermissionTable } from '#platform/auth/permissions.ts'
import type { Suspensions as Credentials } from '#platform/auth/suspensions.ts'
import type { Transact, Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { type Caller, recordChange } from '../changes.ts'
import type { OutsideWords } from './outside-access.ts'
import { personStore as store } from './person-store.ts'
import { requireNoMorePrivilege } from './privilege.ts'

/** What of a module goes on without its person: it stops with the suspension, in the same transaction. */
export type PersonWork = {
  stop(tx: Tx, personId: string): Promise<void>
  goOn(tx: Tx, personId: string): Promise<void>
}

export type SuspensionDeps = {
  transact: Transact
  credentials: Credentials
  work: readonly PersonWork[]
  outside: OutsideWords
  permissionTable: PermissionTable
}

export type Suspensions = ReturnType<typeof createSuspensions>

/** Keeps people out, at once and everywhere, and lets them in again. Their data stay as they are. */
export function createSuspensions(deps: SuspensionDeps) {
  const { transact, credentials, work, outside } = deps

  async function change(caller: Caller, personId: string, isActive: boolean): Promise<void> {
    if (personId === caller.actor.personId) throw ownPerson()
    await transact(async (tx) => {
      const person = await store.lock(tx, personId)
      if (!person) throw notFound('person')
      requireNoMorePrivilege(caller.actor, person.groups, deps.permissionTable)
      const hasChanged = await credentials[isActive ? 'reactivate' : 'suspend'](tx, personId)
      if (hasChanged) for (const one of work) await one[isActive ? 'goOn' : 'stop'](tx, personId)
      // Said again also when nothing changed here: it may have been changed there by hand.
      await outside.note(tx, personId, isActive)
      await recordChange(tx, caller, {
        ...{ ownerId: personId, action: isActive ? 'admin.person_reactivated' : 'admin.person_suspended' },
        ...{
          target: personId,
          before: { is_suspended: person.suspended_at !== null },
          after: { is_suspended: !isActive },
        },
      })
    })
    await outside.tell(personId)
  }

  return {
    /** @throws AppError `not_found`, `auth.forbidden`, `admin.own_person`. */
    suspend: (caller: Caller, personId: string): Promise<void> => change(caller, personId, false),
    /** @throws AppError `not_found`, `auth.forbidden`, `admin.own_person`. */
    reactivate: (caller: Caller, personId: string): Promise<void> => change(caller, personId, true),
  }
}

const ownPerson = () =>
  new AppError('conflict', 'admin.own_person', 'You cannot do this to yourself; ask another administrator.')
