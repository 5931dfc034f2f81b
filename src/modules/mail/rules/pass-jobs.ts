import type { Database, Queryable, Transact } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { enqueue, handleJob, type JobHandler, jobName, type Sweep } from '#platform/jobs/jobs.ts'
import type { Logger } from '#platform/observability/log.ts'
import { appendMailEvents } from '../events.ts'
import type { Subject } from './action-performer.ts'
import type { Facts, LoadedFacts } from './facts.ts'
import type { Condition } from './matching/condition.ts'
import { reasonsOf } from './matching/explanation.ts'
import type { Needs } from './matching/message-facts.ts'
import { compileProgram, type Program } from './matching/program.ts'
import { type PassKey, type PassRow, type PassStep, type SimulatedMatch, passStore as store } from './pass-store.ts'
import { needsOfRules } from './rule-needs.ts'
import type { RuleRuns } from './rule-runs.ts'
import { type RuleRow, ruleStore } from './rule-store.ts'
import { createSenders } from './senders.ts'
import { simulatedActions } from './simulated-actions.ts'

export type PassJobDeps = {
  database: Database
  transact: Transact
  events: Events
  facts: Facts
  runs: RuleRuns
  log: Logger
}

const passJob = jobName<PassKey>('mail.rule_pass')

export const enqueuePass = (tx: Queryable, { ownerId, id }: PassKey) =>
  enqueue(tx, passJob, { ownerId, id }, { key: `${passJob.name}:${id}` })

const messagesAtOnce = 100
/** Then others have their turn with this worker. */
const turnMs = 5000
const idleSeconds = 60
const stuckHours = 12

/** Takes rules and drafts of rules through stored mail, a few messages a transaction. */
export function passJobs(deps: PassJobDeps): { handlers: JobHandler[]; sweeps: Sweep[] } {
  const { database } = deps
  return {
    handlers: [
      handleJob(passJob, async (key) => {
        const until = performance.now() + turnMs
        const looker = createLooker(deps, key)
        for (;;) {
          const isRunning = await looker.step()
          if (!isRunning) return
          if (performance.now() > until) return enqueuePass(database, key)
        }
      }),
    ],
    sweeps: [
      {
        name: 'mail.rule_passes_idle',
        everySeconds: 30,
        async run() {
          await store.failStuck(database, stuckHours)
          for (const key of await store.idle(database, { seconds: idleSeconds, limit: 100 })) {
            await enqueuePass(database, key)
          }
        },
      },
    ],
  }
}

/** One turn of a worker with a pass. */
function createLooker(deps: PassJobDeps, key: PassKey) {
  const { database, transact, facts } = deps
  let compiled: { condition: Condition; program: Program } | undefined
  /** A mail server that did not answer is not asked again in this turn. */
  let mayFetch = true

  const programOf = (condition: Condition): Program => {
    if (JSON.stringify(compiled?.condition) !== JSON.stringify(condition)) {
      compiled = { condition, program: compileProgram([condition]) }
    }
    return compiled?.program ?? compileProgram([condition])
  }

  async function load(ids: readonly string[], needs: Needs): Promise<Map<string, LoadedFacts>> {
    const read = () => facts.load(key.ownerId, ids, needs, { isBodyFinal: false, mayFetch })
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof AppError) || !mayFetch) throw error
      deps.log.info({ pass_id: key.id, err: error }, 'headers could not be fetched; what needs them stays undecided')
      mayFetch = false
      return read()
    }
  }

  return {
    /** Looks at some messages. @returns whether there are more. */
    async step(): Promise<boolean> {
      const pass = await store.find(database, key)
      if (pass?.state !== 'running') return false
      const rule = await ruleOfPass(database, key, pass)
      if (!rule) {
        await store.fail(database, key, 'mail.rule_changed')
        return false
      }
      const left = pass.total_count - pass.examined_count
      const limit = pass.kind === 'simulation' ? Math.min(messagesAtOnce, left) : messagesAtOnce
      const found = limit > 0 ? await store.next(database, key.ownerId, pass, limit) : []
      const ids = found.map(({ message_id }) => message_id)
      const program = programOf(rule.condition)
      const decided = await decideAll(program, ids, await load(ids, needsOfRules(program, [rule])))
      const last = found.at(-1)
      const step: PassStep = {
        ...{ examined: found.length, matched: decided.fitting.length, undecided: decided.undecided },
        failed: pass.kind === 'application' ? await apply(deps, key, rule, decided.fitting) : 0,
        after: last && { receivedAt: last.received_at, messageId: last.message_id },
        isOver: found.length < limit || limit === 0,
      }
      const hasMoved = await transact(async (tx) => {
        if (!(await store.moveOn(tx, key, pass, step))) return false
        if (pass.kind === 'application' || decided.fitting.length === 0) return true
        const senderOf = createSenders(tx, key.ownerId)
        const matches: SimulatedMatch[] = []
        for (const { messageId, reasons, facts, mailAccountId } of decided.fitting) {
          const actions = simulatedActions(rule.actions, facts, await senderOf(mailAccountId))
          matches.push({ place: pass.matched_count + matches.length, messageId, reasons, actions })
        }
        await store.addMatches(tx, key, matches)
        return true
      })
      return hasMoved && !step.isOver
    },
  }
}

/** The rule as it was when the pass began, or the draft; undefined when it is another one by now. */
async function ruleOfPass(database: Database, { ownerId }: PassKey, pass: PassRow): Promise<RuleRow | undefined> {
  if (pass.rule_id === null) {
    const draft = { condition: { match: 'any' as const, conditions: [] }, actions: [], ...pass.draft }
    const never = new Date(0)
    const row = { id: pass.id, mail_account_id: null, name: '', position: 0, is_enabled: true, version: 1 }
    return { ...row, ...draft, is_organisational: false, created_at: never, updated_at: never }
  }
  const rule = await ruleStore.find(database, { ownerId, id: pass.rule_id })
  return rule?.version === pass.rule_version ? rule : undefined
}

type Fitting = LoadedFacts & { messageId: string; reasons: ReturnType<typeof reasonsOf> }

async function decideAll(program: Program, ids: readonly string[], loaded: ReadonlyMap<string, LoadedFacts>) {
  const [condition] = program.conditions
  const fitting: Fitting[] = []
  let undecided = 0
  for (const messageId of ids) {
    const message = loaded.get(messageId)
    if (!message || !condition) continue
    const matching = program.begin(message.facts)
    const decided = await program.next(matching, 0)
    if (decided?.verdict) fitting.push({ ...message, messageId, reasons: reasonsOf(condition, matching) })
    else if (decided) undecided++
  }
  return { fitting, undecided }
}

/** Each message in a transaction of its own. @returns how many had an action that failed. */
async function apply(deps: PassJobDeps, key: PassKey, rule: RuleRow, fitting: readonly Fitting[]): Promise<number> {
  let failed = 0
  for (const { messageId, mailAccountId, facts } of fitting) {
    const { ownerId } = key
    const subject: Subject = { ownerId, mailAccountId, messageId, facts, isArriving: false, enclosed: undefined }
    const hasFailed = await deps.transact(async (tx) => {
      // Whoever cancels waits for this message, and no other one is begun.
      if (!(await store.isRunning(tx, key))) return false
      const run = await deps.runs.run(tx, subject, { fitting: [rule], order: [rule], cause: 'application' })
      await appendMailEvents(deps.events, tx, ownerId, run.events)
      return run.hasFailed
    })
    if (hasFailed) failed++
  }
  return failed
}
