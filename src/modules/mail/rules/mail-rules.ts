import type { Database, Transact } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { LiveSettings } from '#platform/settings/live-settings.ts'
import type { MailActs } from '../acts/mail-acts.ts'
import type { MailSending } from '../outbox/sending.ts'
import type { MailPolicies } from '../policies.ts'
import type { MessageStore } from '../reading/message-store.ts'
import type { Downloads } from '../source/downloads.ts'
import { createMessageHeaders } from '../source/message-headers.ts'
import type { MessageFiles } from '../uploads/message-files.ts'
import type { MessageContents } from '../view/message-contents.ts'
import { createActionPerformer } from './action-performer.ts'
import { ruleConsumers } from './arriving.ts'
import { createExecutions } from './executions.ts'
import { type ContactLookup, createFacts } from './facts.ts'
import { createAccountNames, type EnsureLabel } from './organisation/account-names.ts'
import { organisationRuleRoutes } from './organisation/organisation-rule-routes.ts'
import { createOrganisationRules } from './organisation/organisation-rules.ts'
import { passJobs } from './pass-jobs.ts'
import { passRoutes } from './pass-routes.ts'
import { createPasses } from './passes.ts'
import { ruleRetention } from './rule-retention.ts'
import { ruleRoutes } from './rule-routes.ts'
import { createRuleRuns } from './rule-runs.ts'
import { createRuleSets } from './rule-sets.ts'
import { createRules } from './rules.ts'
import { createSieve } from './sieve/sieve.ts'
import { sieveRoutes } from './sieve/sieve-routes.ts'
import { suggestionRoutes } from './suggestion-routes.ts'
import { createSuggestions } from './suggestions.ts'
import { targetRoutes } from './target-routes.ts'
import { createTargets } from './targets.ts'

export type MailRuleDeps = {
  database: Database
  transact: Transact
  events: Events
  log: Logger
  acts: MailActs
  sending: MailSending
  messages: MessageStore
  downloads: Downloads
  files: MessageFiles
  bodies: Pick<MessageContents, 'fetch'>
  contacts?: ContactLookup | undefined
  policies?: MailPolicies | undefined
  settings: LiveSettings
  ensureLabel: EnsureLabel
  trustedAuthservIds: readonly string[]
}

/** How long a message to be forwarded may take to come from its server. */
const encloseMs = 60_000

/** Rules over mail: kept, tried, run on what arrives and on what is there. */
export function createMailRules(deps: MailRuleDeps) {
  const { database } = deps
  const facts = createFacts({ ...deps, headers: createMessageHeaders(deps) })
  const performer = createActionPerformer({ ...deps, names: createAccountNames(deps), now: Date.now })
  const runs = createRuleRuns({ performer })

  async function enclose(ownerId: string, messageId: string) {
    const message = await deps.messages.find(ownerId, messageId)
    if (!message) throw notFound('message')
    return deps.files.copyWhole(ownerId, message, AbortSignal.timeout(encloseMs))
  }

  async function fetchBody(ownerId: string, messageId: string): Promise<void> {
    const message = await deps.messages.find(ownerId, messageId)
    if (message) await deps.bodies.fetch(ownerId, message)
  }

  const rules = createRules(deps)
  const organisation = createOrganisationRules(deps)
  const passes = passJobs({ ...deps, facts, runs })
  return {
    routes: [
      sieveRoutes(createSieve({ ...deps, rules })),
      suggestionRoutes(createSuggestions({ database, facts })),
      passRoutes(createPasses(deps)),
      ruleRoutes(rules, createExecutions(deps)),
      targetRoutes(createTargets(deps)),
    ],
    /** For administrators. */
    adminRoutes: organisationRuleRoutes(organisation),
    handlers: passes.handlers,
    sweeps: [...passes.sweeps, ruleRetention(database), organisation.sweep],
    consumers: ruleConsumers({ ...deps, facts, runs, sets: createRuleSets({ database }), enclose, fetchBody }),
  }
}
