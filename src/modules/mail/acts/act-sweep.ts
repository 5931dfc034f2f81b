import type { Database } from '#platform/database/database.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'
import { actStore } from './act-store.ts'

const perStatement = 500

/** Forgets acts that cannot be taken back any more. */
export const actSweep = (database: Database): Sweep => ({
  name: 'mail.acts_expired',
  everySeconds: 60,
  async run() {
    while ((await actStore.removeExpired(database, perStatement)) === perStatement);
  },
})
