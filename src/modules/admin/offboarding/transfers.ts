import { audit } from '#platform/audit/audit.ts'
import type { PermissionTable } from '#platform/auth/permissions.ts'
import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { enqueue, handleJob, jobName, type Sweep } from '#platform/jobs/jobs.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type Caller, recordChange } from '../changes.ts'
import { personStore } from '../people/person-store.ts'
import { requireNoMorePrivilege } from '../people/privilege.ts'
import type { PartReport, PersonData } from './person-data.ts'
import {
  type MailAccountsForm,
  type PartRow,
  transferStore as store,
  type TransferKey,
  type TransferRow,
} from './transfer-store.ts'

const job = jobName<TransferKey>('admin.person_transfer')
const listed = 50
/** What goes on elsewhere is looked at again then. */
const againAfterSeconds = 3

export type Transfers = ReturnType<typeof createTransfers>

/** What is a person's, handed to somebody else: part by part, in the background, and again from where it broke off. */
export function createTransfers(deps: {
  database: Database
  transact: Transact
  log: Logger
  permissionTable: PermissionTable
  data: readonly PersonData[]
}) {
  const { database, transact, log } = deps

  async function handOver(key: TransferKey & { leaseId: string }, row: TransferRow): Promise<boolean> {
    const parts = { ...row.parts }
    const note = async (name: string, part: PartRow) => {
      parts[name] = { ...part, counts: greater(parts[name]?.counts ?? {}, part.counts) }
      if (!(await store.note(database, key, { [name]: parts[name] }))) throw new Error('somebody else hands this over')
    }
    let isPending = false
    // One part after the other: who waits for one has the others meanwhile.
    for (const { name, transfer } of deps.data) {
      if (!transfer || isThrough(parts[name])) continue
      const from = { from: row.owner_id, to: row.member_id, requestedBy: row.requested_by }
      const progress = (counts: PartReport['counts']) => note(name, { state: 'running', counts, errors: [] })
      await progress({})
      const handover = { ...from, mailAccounts: row.mail_accounts, progress }
      const report: PartReport = await transfer(handover).catch((error) => {
        log.warn({ err: error, part: name, transfer: row.id }, 'a part of a transfer failed')
        return { counts: {}, errors: [{ what: name, code: codeOf(error) }] }
      })
      isPending ||= report.isPending === true
      await note(name, { state: stateOf(report), counts: report.counts, errors: report.errors.slice(0, 100) })
    }
    if (isPending) return false
    const isWhole = Object.values(parts).every(({ state }) => state === 'done')
    await transact((tx) => finish(tx, key, isWhole ? 'done' : 'incomplete'))
    return true
  }

  async function finish(tx: Tx, key: TransferKey & { leaseId: string }, state: 'done' | 'incomplete'): Promise<void> {
    const row = await store.finish(tx, key, state)
    if (!row) return
    const { owner_id: ownerId, requested_by: actorId, member_id, parts } = row
    await audit.record(tx, {
      ...{ ownerId, actorId, action: 'admin.person_transferred', target: row.id },
      outcome: state === 'done' ? 'success' : 'failed',
      origin: { address: null, userAgent: '' },
      details: { before: { owner_id: ownerId }, after: { owner_id: member_id, parts } },
    })
  }

  async function run(key: TransferKey): Promise<void> {
    const held = { ...key, leaseId: newId() }
    const row = await store.claim(database, key, held.leaseId)
    if (!row) return
    if (await handOver(held, row)) return
    await store.release(database, held, againAfterSeconds - 1)
    const runAt = new Date(Date.now() + againAfterSeconds * 1000)
    await enqueue(database, job, key, { key: `${job.name}:${key.id}`, runAt })
  }

  const sweep: Sweep = {
    name: 'admin-transfers',
    everySeconds: 30,
    async run() {
      for (const key of await store.lapsed(database, 20))
        await enqueue(database, job, key, { key: `${job.name}:${key.id}` })
    },
  }

  return {
    handler: handleJob(job, run),
    sweep,

    /**
     * A second one goes on where the first was incomplete: what is there already is left alone.
     * @throws AppError `not_found`, `auth.forbidden`, `admin.transfer_running`, `admin.unknown_recipient`.
     */
    request: (caller: Caller, personId: string, wanted: { to_person_id: string; mail_accounts?: string }) =>
      transact(async (tx) => {
        const person = await personStore.lock(tx, personId)
        if (!person) throw notFound('person')
        const recipient = await personStore.find(tx, wanted.to_person_id)
        if (!recipient || recipient.id === personId || recipient.suspended_at !== null) throw unknownRecipient()
        requireNoMorePrivilege(caller.actor, [...person.groups, ...recipient.groups], deps.permissionTable)
        const key = { ownerId: personId, id: newId() }
        const mailAccounts = (wanted.mail_accounts ?? 'own') as MailAccountsForm
        const asked = { memberId: recipient.id, mailAccounts, requestedBy: caller.actor.personId }
        const row = await store.insert(tx, key, asked)
        if (!row) throw transferRunning()
        await recordChange(tx, caller, {
          ...{ ownerId: personId, action: 'admin.transfer_requested', target: key.id, before: null },
          after: { to_person_id: recipient.id, mail_accounts: mailAccounts },
        })
        await enqueue(tx, job, key, { key: `${job.name}:${key.id}` })
        return transferOf(row)
      }),

    /** The newest first. */
    list: async (personId: string) => ({ items: (await store.list(database, personId, listed)).map(transferOf) }),

    /** @throws AppError `not_found`. */
    async view(key: TransferKey) {
      const row = await store.find(database, key)
      if (!row) throw notFound('transfer')
      return transferOf(row)
    },
  }
}

const isThrough = (part: PartRow | undefined) => part !== undefined && part.state !== 'running'
const codeOf = (error: unknown): string => (error instanceof AppError ? error.code : 'internal_error')

function stateOf({ errors, isPending }: PartReport): PartRow['state'] {
  if (isPending) return 'running'
  return errors.length > 0 ? 'incomplete' : 'done'
}

/** What was counted before the work broke off counts on. */
const greater = (one: PartReport['counts'], other: PartReport['counts']): PartReport['counts'] =>
  Object.fromEntries(
    [...new Set([...Object.keys(one), ...Object.keys(other)])].map((name) => [
      name,
      Math.max(one[name] ?? 0, other[name] ?? 0),
    ]),
  )

const transferOf = (row: TransferRow) => ({
  ...{ id: row.id, to_person_id: row.member_id, mail_accounts: row.mail_accounts, state: row.state, parts: row.parts },
  created_at: row.created_at.toISOString(),
  finished_at: row.finished_at?.toISOString() ?? null,
})

const unknownRecipient = () =>
  new AppError(
    'unprocessable',
    'admin.unknown_recipient',
    'There is nobody else with that id who may come in; choose somebody who gets what is handed over.',
  )
const transferRunning = () =>
  new AppError('conflict', 'admin.transfer_running', 'This person is being handed over already; wait for its end.')
