import type { Database, Queryable, Transact } from '#platform/database/database.ts'
import { enqueue, handleJob, type JobHandler, jobName, type Sweep } from '#platform/jobs/jobs.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { ImportRuns } from './import-runs.ts'
import { type ImportRef, importStore } from './import-store.ts'

const importJob = jobName<ImportRef>('mail.import')

/** Imports that ended are shown that long, and files that nobody went on bringing are kept that long. */
const finishedDays = 30
const waitingDays = 7

/** Wakes somebody to go on with an import. */
export const enqueueImport = (tx: Queryable, ref: ImportRef, inSeconds = 0): Promise<void> =>
  enqueue(tx, importJob, ref, {
    key: `mail.import ${ref.id}`,
    ...(inSeconds > 0 && { runAt: new Date(Date.now() + inSeconds * 1000) }),
  })

export const importHandlers = (runs: ImportRuns): JobHandler[] => [handleJob(importJob, runs.run)]

/** Jobs are wake-ups; what is due is in the rows, and the sweep finds what no job came for. */
export const importSweeps = (deps: { database: Database; transact: Transact; objects: Objects }): Sweep[] => [
  {
    name: 'mail.imports_due',
    everySeconds: 30,
    async run() {
      for (const due of await importStore.due(deps.database, 100)) await enqueueImport(deps.database, due)
    },
  },
  {
    name: 'mail.imports_old',
    everySeconds: 3600,
    async run() {
      for (const ref of await importStore.old(deps.database, { finishedDays, waitingDays })) {
        for (const object of await deps.transact((tx) => importStore.delete(tx, ref))) await deps.objects.delete(object)
      }
    },
  },
]
