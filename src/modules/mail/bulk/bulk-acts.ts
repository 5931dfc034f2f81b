import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { newId } from '#platform/ids.ts'
import { enqueue, handleJob, type JobHandler, jobName, type Sweep } from '#platform/jobs/jobs.ts'
import { appendMailEvents, type MailEvent } from '../events.ts'
import type { Wake } from '../wake.ts'
import { steps } from './bulk-steps.ts'
import { type BulkAct, bulkStore, type NewBulkAct } from './bulk-store.ts'
import { bulkWalkStore } from './bulk-walk-store.ts'

const bulkJob = jobName<{ ownerId: string; bulkActId: string }>('mail.bulk_act')

export type BulkDeps = { database: Database; transact: Transact; events: Events; wake: Wake }
export type BulkActs = ReturnType<typeof createBulkActs>

/** Acts on any number of messages: the first thousand at once, the rest in chunks by jobs, seen as it goes on. */
export function createBulkActs({ database, transact, events, wake }: BulkDeps) {
  /** Begins within `tx`; what it answers as events is to be appended last. */
  async function begin(tx: Tx, ownerId: string, work: Omit<NewBulkAct, 'id'>) {
    const bulk = await bulkStore.insert(tx, ownerId, { ...work, id: newId() })
    const begun = await takeStep(tx, ownerId, wake, bulk)
    if (begun.bulk.state === 'running') await enqueueBulk(tx, ownerId, bulk.id)
    return begun
  }

  const beginOnFolder = (ownerId: string, folderId: string, kind: 'read_folder' | 'empty_folder'): Promise<BulkAct> =>
    transact(async (tx) => {
      const folder = await bulkWalkStore.folder(tx, ownerId, folderId)
      if (!folder) throw notFound('folder')
      if (kind === 'empty_folder' && folder.role !== 'trash' && folder.role !== 'junk') throw notEmptiable()
      const total_count = kind === 'read_folder' ? folder.unread_count : folder.total_count
      const { bulk, happened } = await begin(tx, ownerId, { kind, subject_id: folderId, arguments: {}, total_count })
      await appendMailEvents(events, tx, ownerId, happened)
      return bulk
    })

  /** True when more is to be done. */
  const proceed = (ownerId: string, bulkActId: string): Promise<boolean> =>
    transact(async (tx) => {
      const bulk = await bulkStore.claim(tx, ownerId, bulkActId)
      if (!bulk) return false
      const taken = await takeStep(tx, ownerId, wake, bulk)
      await appendMailEvents(events, tx, ownerId, taken.happened)
      return taken.bulk.state === 'running'
    })

  return {
    begin,

    /** Marks all messages of a folder read. @throws AppError `not_found`. */
    readFolder: (ownerId: string, folderId: string) => beginOnFolder(ownerId, folderId, 'read_folder'),

    /** Deletes all messages in Trash or Junk for good. @throws AppError `not_found`, `mail.folder_not_emptiable`. */
    emptyFolder: (ownerId: string, folderId: string) => beginOnFolder(ownerId, folderId, 'empty_folder'),

    /** @throws AppError `not_found`. */
    async find(ownerId: string, bulkActId: string): Promise<BulkAct> {
      const bulk = await bulkStore.find(database, ownerId, bulkActId)
      if (!bulk) throw notFound('bulk act')
      return bulk
    },

    handlers: [
      handleJob(bulkJob, async ({ ownerId, bulkActId }) => {
        for (let isMore = true; isMore; ) isMore = await proceed(ownerId, bulkActId)
      }),
    ] satisfies JobHandler[],

    sweeps: [
      {
        name: 'mail.bulk_acts',
        everySeconds: 30,
        async run() {
          for (const { owner_id, id } of await bulkStore.stalled(database, 500)) {
            await enqueueBulk(database, owner_id, id)
          }
          await bulkStore.removeOld(database)
        },
      },
    ] satisfies Sweep[],
  }
}

async function takeStep(tx: Tx, ownerId: string, wake: Wake, bulk: BulkAct) {
  const step = await steps[bulk.kind](tx, ownerId, wake, bulk)
  const advanced = await bulkStore.advance(tx, ownerId, bulk.id, step)
  const data = {
    ...{ bulk_act_id: bulk.id, kind: bulk.kind, state: advanced.state },
    ...{ done_count: advanced.done_count, total_count: advanced.total_count },
  }
  const happened: MailEvent[] = [...step.events, { type: 'mail.bulk_act_updated', data }]
  return { bulk: advanced, happened }
}

const enqueueBulk = (db: Database | Tx, ownerId: string, bulkActId: string) =>
  enqueue(db, bulkJob, { ownerId, bulkActId }, { key: `${bulkJob.name}:${bulkActId}` })

const notEmptiable = () =>
  new AppError(
    'conflict',
    'mail.folder_not_emptiable',
    'Only Trash and Junk can be emptied; move the messages of another folder to Trash first.',
  )
