import { audit } from '#platform/audit/audit.ts'
import type { PermissionTable } from '#platform/auth/permissions.ts'
import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { enqueue, handleJob, jobName, type Sweep } from '#platform/jobs/jobs.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type Caller, recordChange } from '../changes.ts'
import { personStore } from '../people/person-store.ts'
import { requireNoMorePrivilege } from '../people/privilege.ts'
import type { ErasureReport } from './erasure.ts'
import { type ErasureRow, erasureStore as store } from './erasure-store.ts'

const job = jobName<{ ownerId: string }>('admin.person_erasure')
/** Longer than access tokens live. */
const tokenLifetimeMs = 30 * 60_000

export type Erasures = ReturnType<typeof createErasures>

/** The end of a person here (GDPR Art. 17): planned, cancelled until it begins, carried out, and reported. */
export function createErasures(deps: {
  database: Database
  transact: Transact
  log: Logger
  permissionTable: PermissionTable
  erase: (personId: string) => Promise<ErasureReport>
}) {
  const { database, transact, log } = deps

  async function carryOut(ownerId: string): Promise<void> {
    const erasure = await store.claim(database, ownerId)
    if (!erasure) return
    try {
      const report = await deps.erase(ownerId)
      await transact(async (tx) => {
        await store.deletePerson(tx, ownerId)
        const origin = { address: null, userAgent: '' }
        await audit.record(tx, {
          ...{ ownerId, actorId: erasure.requested_by, action: 'admin.person_erased', outcome: 'success', origin },
          details: { before: { requested_at: erasure.created_at.toISOString() }, after: report },
        })
      })
    } catch (error) {
      log.error({ err: error, person: ownerId }, 'an erasure failed and is tried again')
      await store.fail(database, ownerId, error instanceof AppError ? error.code : 'internal_error')
    }
  }

  const sweep: Sweep = {
    name: 'admin-erasures',
    everySeconds: 60,
    async run() {
      for (const ownerId of await store.due(database, 20)) {
        await enqueue(database, job, { ownerId }, { key: `${job.name}:${ownerId}` })
      }
    },
  }

  return {
    handler: handleJob(job, ({ ownerId }) => carryOut(ownerId)),
    sweep,

    /**
     * Of whoever is suspended, half an hour after they were. `name` has to be the person's, so that nobody is mixed up.
     * @throws AppError `not_found`, `auth.forbidden`, `admin.own_person`, `admin.person_active`, `admin.wrong_name`.
     */
    plan: (caller: Caller, personId: string, name: string) =>
      transact(async (tx) => {
        if (personId === caller.actor.personId) throw ownPerson()
        const person = await personStore.lock(tx, personId)
        if (!person) throw notFound('person')
        requireNoMorePrivilege(caller.actor, person.groups, deps.permissionTable)
        if (person.suspended_at === null) throw personActive()
        if (![person.username, person.email, person.id].includes(name)) throw wrongName()
        const startsAt = new Date(Math.max(Date.now(), person.suspended_at.getTime() + tokenLifetimeMs))
        const planned = await store.plan(tx, personId, caller.actor.personId, startsAt)
        const row = planned ?? (await store.find(tx, personId))
        if (!row) throw notFound('erasure')
        if (!planned) return shown(row)
        await enqueue(tx, job, { ownerId: personId }, { key: `${job.name}:${personId}`, runAt: startsAt })
        const after = { starts_at: startsAt.toISOString() }
        await recordChange(tx, caller, { ownerId: personId, action: 'admin.erasure_planned', before: null, after })
        return shown(row)
      }),

    /** Of an owner who is no person and whom nobody can reach any more; in the transaction that sees to that. */
    async planFor(tx: Tx, ownerId: string, requestedBy: string): Promise<void> {
      const startsAt = new Date()
      await store.plan(tx, ownerId, requestedBy, startsAt)
      await enqueue(tx, job, { ownerId }, { key: `${job.name}:${ownerId}`, runAt: startsAt })
    },

    /** @throws AppError `not_found` also once it has begun. */
    cancel: (caller: Caller, personId: string): Promise<void> =>
      transact(async (tx) => {
        const person = await personStore.lock(tx, personId)
        if (!person || !(await store.cancel(tx, personId))) throw notFound('planned erasure')
        requireNoMorePrivilege(caller.actor, person.groups, deps.permissionTable)
        const change = { action: 'admin.erasure_cancelled', before: { is_planned: true }, after: null } as const
        await recordChange(tx, caller, { ownerId: personId, ...change })
      }),

    /** Also after the person is gone. @throws AppError `not_found`. */
    async view(personId: string) {
      const row = await store.find(database, personId)
      if (row) return shown(row)
      const done = await store.report(database, personId)
      if (!done) throw notFound('erasure')
      const { after } = done.details as { after: ErasureReport }
      return { state: 'done', starts_at: null, finished_at: done.at.toISOString(), error_code: null, report: after }
    },
  }
}

const shown = ({ attempts, starts_at, error_code }: ErasureRow) => ({
  state: attempts === 0 ? 'planned' : 'running',
  ...{ starts_at: starts_at.toISOString(), finished_at: null, error_code, report: null },
})

const ownPerson = () =>
  new AppError('conflict', 'admin.own_person', 'You cannot do this to yourself; ask another administrator.')
const personActive = () =>
  new AppError('conflict', 'admin.person_active', 'Suspend the person first: nobody is erased who can still come in.')
const wrongName = () =>
  new AppError('unprocessable', 'admin.wrong_name', 'This is not the name or the address of the person to be erased.')
