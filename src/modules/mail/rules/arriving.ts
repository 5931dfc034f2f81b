import type { Database, Tx } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Arrival, ArrivalConsumer, ArrivalOutcome } from '../arrivals/arrivals.ts'
import type { CompositionAttachment } from '../outbox/composition.ts'
import type { Subject } from './action-performer.ts'
import { decide } from './decision.ts'
import { executionStore } from './execution-store.ts'
import type { Facts, LoadOptions } from './facts.ts'
import type { MessageFacts, Needs } from './matching/message-facts.ts'
import { bodyRulesConsumer, rulesConsumer } from './rule-interest.ts'
import { has } from './rule-needs.ts'
import type { RuleRuns } from './rule-runs.ts'
import type { RuleSet, RuleSets } from './rule-sets.ts'
import { type RuleRow, ruleStore } from './rule-store.ts'

export type ArrivingDeps = {
  database: Database
  facts: Facts
  sets: RuleSets
  runs: RuleRuns
  /** The message as it came, to be enclosed in another one. */
  enclose: (ownerId: string, messageId: string) => Promise<CompositionAttachment>
  /** Has the body stored, if the mail server gives it. */
  fetchBody: (ownerId: string, messageId: string) => Promise<void>
  log: Logger
}

/** After so many failures rules do without what a mail server does not give. */
const patientAttempts = 6

/** Runs rules on what arrives: once at once, as far as its body does not matter, and again when its body is there. */
export const ruleConsumers = (deps: ArrivingDeps): ArrivalConsumer[] =>
  [
    { name: rulesConsumer, isBodyFinal: false },
    { name: bodyRulesConsumer, isBodyFinal: true },
  ].map(({ name, isBodyFinal }) => ({ name, consider: (arrival) => consider(deps, arrival, isBodyFinal) }))

async function consider(
  deps: ArrivingDeps,
  arrival: Arrival,
  isBodyFinal: boolean,
): Promise<ArrivalOutcome | undefined> {
  const { ownerId, message_id: messageId, mail_account_id: mailAccountId } = arrival
  const mayRun = runnableOn(await roleOf(deps.database, arrival))
  if (!mayRun) return undefined
  const set = await deps.sets.of(ownerId, mailAccountId)
  const { rules, program, needs } = set
  if (!rules.some(mayRun)) return undefined
  const mayFetch = arrival.attempts < patientAttempts
  const facts = await factsOf(deps, arrival, needs, { isBodyFinal, mayFetch })
  if (!facts) return undefined
  const { fitting } = await decide(rules, program, facts, mayRun)
  if (fitting.length === 0) return undefined
  const enclosed = fitting.some(forwards) ? await enclosedOf(deps, arrival) : undefined
  const subject: Subject = { ownerId, mailAccountId, messageId, facts, isArriving: true, enclosed }
  return (tx) => run(deps, tx, subject, { set, fitting })
}

/**
 * What rules have to know of it; undefined for a message that is gone.
 * @throws AppError when the mail server does not give its header, which is asked for again later.
 */
async function factsOf(
  deps: ArrivingDeps,
  { ownerId, message_id: messageId }: Arrival,
  needs: Needs,
  { isBodyFinal, mayFetch }: LoadOptions,
): Promise<MessageFacts | undefined> {
  const load = async (isFinal: boolean) =>
    (await deps.facts.load(ownerId, [messageId], needs, { isBodyFinal: isFinal, mayFetch })).get(messageId)?.facts
  let facts = await load(false)
  if (isBodyFinal && needs.body && facts && facts.body === undefined) {
    // Sync does not fetch it, or has not come to it in all the time that was waited.
    if (mayFetch) await deps.fetchBody(ownerId, messageId)
    facts = await load(true)
  }
  if (!facts || !needs.headers || facts.headers !== undefined) return facts
  if (!mayFetch) return { ...facts, headers: [], authentication: needs.authentication ? {} : undefined }
  throw new AppError('upstream_unavailable', 'mail.message_gone', 'The mail server did not give the header.')
}

/** @throws Error when rules were changed since they were decided: the message is looked at again. */
async function run(
  { runs }: ArrivingDeps,
  tx: Tx,
  subject: Subject,
  { set, fitting }: { set: RuleSet; fitting: readonly RuleRow[] },
) {
  const revision = await ruleStore.revision(tx, subject.ownerId)
  if (revision !== set.revision) throw new Error('rules were changed meanwhile')
  const { events } = await runs.run(tx, subject, { fitting, order: set.rules, cause: 'arrival' })
  return events
}

/** Gmail's All Mail has what is in the inbox as well. */
async function roleOf(database: Database, { ownerId, message_id, folder_role }: Arrival): Promise<string | null> {
  if (folder_role !== 'all') return folder_role
  const roles = await executionStore.rolesOf(database, ownerId, message_id)
  return ['inbox', 'junk'].find((role) => roles.has(role)) ?? folder_role
}

/** Which rules run on what arrives in a folder of this role; undefined when none does. */
function runnableOn(role: string | null): ((rule: RuleRow) => boolean) | undefined {
  if (role === 'inbox') return () => true
  if (role === 'junk') return has('never_junk')
  return undefined
}

const forwards = has('forward')

/** A server that is away is asked again later; what cannot be had at all fails the forwarding alone. */
async function enclosedOf({ enclose, log }: ArrivingDeps, arrival: Arrival): Promise<CompositionAttachment | AppError> {
  try {
    return await enclose(arrival.ownerId, arrival.message_id)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const isAway = error.kind === 'upstream_unavailable' || error.kind === 'upstream_timeout'
    if (isAway && arrival.attempts < patientAttempts) throw error
    log.info({ message_id: arrival.message_id, err: error }, 'a message could not be forwarded')
    return error
  }
}
