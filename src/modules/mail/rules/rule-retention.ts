import type { Database } from '#platform/database/database.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'
import { executionStore } from './execution-store.ts'
import { passStore } from './pass-store.ts'
import { ruleMailStore } from './rule-mail-store.ts'

const keepDays = 90
const perStatement = 5000

/** Forgets what rules did, whom they answered and where they were applied after ninety days, simulations after one. */
export const ruleRetention = (database: Database): Sweep => ({
  name: 'mail.rule_retention',
  everySeconds: 3600,
  async run() {
    while ((await executionStore.removeOld(database, { days: keepDays, limit: perStatement })) === perStatement);
    await passStore.removeOld(database, { simulationHours: 24, applicationDays: keepDays })
    await ruleMailStore.removeOldReplies(database, keepDays)
  },
})
