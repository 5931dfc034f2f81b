import { type Database, onCommit, type Transact, type Tx } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { enqueue, handleJob, jobName, type Sweep } from '#platform/jobs/jobs.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { Logger } from '#platform/observability/log.ts'
import { accountControlStore } from '../accounts/account-control-store.ts'
import { appendMailEvents, type MailEvent } from '../events.ts'
import type { Wake } from '../wake.ts'
import { mailboxStore } from './mailbox-store.ts'
import { type Move, moveStore as store } from './move-store.ts'

const job = jobName<{ ownerId: string; mailAccountId: string }>('mail.account_move')
const perSweep = 100

export type MoveDeps = {
  database: Database
  transact: Transact
  events: Events
  objects: Objects
  wake: Wake
  log: Logger
}

export type Moves = ReturnType<typeof createMoves>

/** Gives a mail account with all that is in it to another owner: seen by all as a whole, before or after. */
export function createMoves(deps: MoveDeps) {
  const { database, transact, events, objects, wake, log } = deps

  /** Copies those that are not there yet: what died on its way goes on. */
  async function copyObjects(keys: readonly string[], { from, to }: Move): Promise<void> {
    for (const key of keys) {
      const found = await objects.get(key)
      if (found) await objects.put(key.replace(`/${from}/`, `/${to}/`), found.content)
    }
  }

  /** False when it has to wait. */
  async function carryOut(move: Move): Promise<boolean> {
    const copied = new Set(await store.objects(database, move))
    await copyObjects([...copied], move)
    return transact(async (tx) => {
      // Whoever syncs the account commits before this, or never.
      await accountControlStore.fence(tx, move.from, move.mailAccountId)
      if (!(await store.find(tx, move.from, move.mailAccountId))) return true
      if (await store.isThere(tx, move)) throw alreadyThere()
      const hasChanged = (await store.objects(tx, move)).some((key) => !copied.has(key))
      if (hasChanged || (await store.isBusy(tx, move))) return false
      await store.carryOut(tx, move)
      await tell(tx, move)
      onCommit(tx, () => wake.account(move.mailAccountId, 'created'))
      return true
    })
  }

  async function tell(tx: Tx, { from, to, mailAccountId }: Move): Promise<void> {
    const data = { mail_account_id: mailAccountId }
    // A mailbox's events reach whoever lent it, too.
    if (await mailboxStore.lock(tx, to)) {
      return appendMailEvents(events, tx, to, [{ type: 'mail.access_changed', data }])
    }
    const told: [string, MailEvent][] = [
      [from, { type: 'mail.account_deleted', data }],
      [to, { type: 'mail.account_created', data }],
    ]
    for (const [ownerId, event] of told.toSorted(([one], [other]) => (one < other ? -1 : 1))) {
      await appendMailEvents(events, tx, ownerId, [event])
    }
  }

  async function run(ownerId: string, mailAccountId: string): Promise<void> {
    const move = await store.find(database, ownerId, mailAccountId)
    if (!move) return
    try {
      // What is being sent now has its end soon; the sweep comes again.
      if (!(await carryOut(move))) await store.fail(database, move, 'busy')
    } catch (error) {
      log.warn({ err: error, mail_account_id: mailAccountId }, 'a mail account could not be moved yet')
      await store.fail(database, move, error instanceof AppError ? error.code : 'internal_error')
    }
  }

  const sweep: Sweep = {
    name: 'mail.account_moves',
    everySeconds: 15,
    async run() {
      for (const one of await store.all(database, perSweep)) await wakeUp(database, one)
    },
  }

  return {
    handler: handleJob(job, ({ ownerId, mailAccountId }) => run(ownerId, mailAccountId)),
    sweep,
    /** Begins when the transaction commits. One that is on its way already stays so. */
    async plan(tx: Tx, move: Move): Promise<void> {
      await store.plan(tx, move)
      await wakeUp(tx, { ownerId: move.from, mailAccountId: move.mailAccountId })
    },
  }
}

const wakeUp = (db: Database | Tx, one: { ownerId: string; mailAccountId: string }) =>
  enqueue(db, job, one, { key: `${job.name}:${one.mailAccountId}` })

const alreadyThere = () =>
  new AppError('conflict', 'mail.account_exists', 'Whoever is to have this mailbox has connected it already.')
