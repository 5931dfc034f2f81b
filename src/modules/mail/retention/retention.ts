import type { Database, Transact } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { MailActs } from '../acts/mail-acts.ts'
import { appendMailEvents } from '../events.ts'
import type { MailPolicies, RetentionRule } from '../policies.ts'
import { retentionStore as store } from './retention-store.ts'

const ownersAtOnce = 200
const messagesAtOnce = 200
/** Of one rule and owner in one run: the next one goes on. */
const batchesPerRun = 10
const beforeAll = '00000000-0000-0000-0000-000000000000'

/** Deletes for good, here and on the mail server, what administrators let nobody keep any longer. */
export function retentionSweep(deps: {
  database: Database
  transact: Transact
  events: Events
  log: Logger
  acts: MailActs
  policies: MailPolicies
}): Sweep {
  const { database, transact, events, log, acts, policies } = deps

  function expired(ownerId: string, rule: RetentionRule): Promise<string[]> {
    const options = { days: rule.days, limit: messagesAtOnce }
    if ('label' in rule) return store.expiredWithLabel(database, ownerId, rule.label, options)
    return store.expiredInRole(database, ownerId, rule.folder_role, options)
  }

  async function apply(ownerId: string, rule: RetentionRule): Promise<void> {
    for (let batch = 0; batch < batchesPerRun; batch++) {
      const ids = await expired(ownerId, rule)
      if (ids.length === 0) return
      const outcomes = await transact(async (tx) => {
        const result = await acts.perform(tx, ownerId, ids, [{ kind: 'delete', isPermanent: true }])
        await appendMailEvents(events, tx, ownerId, result.events)
        return result.outcomes
      })
      log.info({ owner: ownerId, count: ids.length, days: rule.days }, 'mail deleted for its age')
      // What is refused now would be found again at once.
      if (ids.length < messagesAtOnce || outcomes.every(({ status }) => status !== 'done')) return
    }
  }

  return {
    name: 'mail.retention',
    everySeconds: 3600,
    async run() {
      let after: string | undefined = beforeAll
      while (after !== undefined) {
        const owners = await store.owners(database, after, ownersAtOnce)
        for (const ownerId of owners) {
          for (const rule of await policies.retention(ownerId)) await apply(ownerId, rule)
        }
        after = owners.length < ownersAtOnce ? undefined : owners.at(-1)
      }
    },
  }
}
