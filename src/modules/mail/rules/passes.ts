import type { Database, Transact } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { type Answer, once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import { summaryOf } from '../reading/message-presentation.ts'
import type { MessageStore } from '../reading/message-store.ts'
import { enqueuePass } from './pass-jobs.ts'
import { type PassKey, type PassRow, passStore as store } from './pass-store.ts'
import {
  type Application,
  type ApplicationBody,
  applicationOf,
  type Pass,
  passOf,
  type SimulatedMatch,
  type SimulationBody,
} from './pass-wire.ts'
import { actionsOf, checkCondition, checkFolders, checkReferences, checkWork } from './rule-checks.ts'
import { type RuleKey, ruleStore } from './rule-store.ts'

const maxRunning = 5
const everything = 2 ** 31 - 1

export type PassDeps = { database: Database; transact: Transact; messages: Pick<MessageStore, 'listed'> }
export type Passes = ReturnType<typeof createPasses>

/** Rules on mail that is there already: tried without doing anything, or applied. */
export function createPasses({ database, transact, messages }: PassDeps) {
  async function simulation(key: PassKey): Promise<PassRow> {
    const row = await store.find(database, key)
    if (row?.kind !== 'simulation') throw notFound('simulation')
    return row
  }

  async function application(key: RuleKey): Promise<PassRow> {
    const row = await store.ofRule(database, key)
    if (!row) throw notFound('application')
    return row
  }

  return {
    /** @throws AppError as `Rules.create` does, `mail.too_many_rule_passes`. */
    simulate: (ownerId: string, body: SimulationBody, idempotencyKey: string | undefined): Promise<Answer<Pass>> =>
      transact((tx) =>
        once(tx, { ownerId, scope: 'mail.rule_simulations', key: idempotencyKey, body }, async () => {
          const { condition, mail_account_id: mailAccountId = null, folder_ids: folderIds = null } = body
          await checkReferences(tx, ownerId, { mailAccountId, actions: body.actions })
          await checkFolders(tx, ownerId, folderIds ?? [])
          checkCondition(condition)
          checkWork([condition])
          const draft = { condition, actions: actionsOf(body.actions) }
          if ((await store.countRunning(tx, ownerId, 'simulation')) >= maxRunning) throw tooMany()
          const limit = body.message_count ?? 1000
          const pass = { id: newId(), kind: 'simulation', draft, mailAccountId, folderIds, limit } as const
          const row = await store.insert(tx, ownerId, pass)
          await enqueuePass(tx, { ownerId, id: row.id })
          return { status: 202, body: passOf(row) }
        }),
      ),

    /** @throws AppError `not_found` */
    viewSimulation: async (key: PassKey): Promise<Pass> => passOf(await simulation(key)),

    /** In the order in which messages were looked at. @throws AppError `not_found` */
    async matches(key: PassKey, { cursor, limit }: { cursor: string | undefined; limit: number }) {
      await simulation(key)
      const [after = -1] = cursor === undefined ? [] : decodeCursor(cursor, ['number'])
      const rows = await store.matches(database, key, { after, limit: limit + 1 })
      const shown = rows.slice(0, limit)
      const listed = await messages.listed(
        key.ownerId,
        shown.map((row) => row.message_id),
      )
      const summaries = new Map(listed.map((row) => [row.id, summaryOf(row)]))
      const items = shown.map(
        (row): SimulatedMatch => ({
          message_id: row.message_id,
          message: summaries.get(row.message_id) ?? null,
          decided_by: row.reasons.map(({ path, condition, isFulfilled }) => ({
            ...{ path, condition, is_fulfilled: isFulfilled },
          })),
          actions: row.actions,
        }),
      )
      const last = shown.at(-1)
      return { items, next_cursor: last && rows.length > limit ? encodeCursor([last.place]) : null }
    },

    /** @throws AppError `not_found` */
    async cancelSimulation(key: PassKey): Promise<void> {
      await simulation(key)
      await transact((tx) => store.cancel(tx, key))
    },

    /**
     * Applies a rule as it is now. What fits it is acted upon once for each version of the rule.
     * @throws AppError `not_found`, `mail.rule_application_running`, `mail.too_many_rule_passes`
     */
    apply: (key: RuleKey, body: ApplicationBody, idempotencyKey: string | undefined): Promise<Answer<Application>> =>
      transact((tx) =>
        once(
          tx,
          { ownerId: key.ownerId, scope: `mail.rule_application:${key.id}`, key: idempotencyKey, body },
          async () => {
            const { ownerId } = key
            await ruleStore.lock(tx, ownerId)
            const rule = await ruleStore.find(tx, key)
            if (!rule) throw notFound('rule')
            const folderIds = body.folder_ids ?? null
            await checkFolders(tx, ownerId, folderIds ?? [])
            if ((await store.ofRule(tx, key))?.state === 'running') throw isRunning()
            if ((await store.countRunning(tx, ownerId, 'application')) >= maxRunning) throw tooMany()
            const row = await store.insert(tx, ownerId, {
              ...{ id: newId(), kind: 'application', rule: { id: rule.id, version: rule.version } },
              ...{ mailAccountId: rule.mail_account_id, folderIds, limit: everything },
            })
            await enqueuePass(tx, { ownerId, id: row.id })
            return { status: 202, body: applicationOf(row) }
          },
        ),
      ),

    /** The latest one. @throws AppError `not_found` */
    viewApplication: async (key: RuleKey): Promise<Application> => applicationOf(await application(key)),

    /** What is done stays done. @throws AppError `not_found` */
    async cancelApplication(key: RuleKey): Promise<Application> {
      const { id } = await application(key)
      await transact((tx) => store.cancel(tx, { ownerId: key.ownerId, id }))
      return applicationOf(await application(key))
    },
  }
}

const isRunning = () =>
  new AppError(
    'conflict',
    'mail.rule_application_running',
    'This rule is being applied already; wait for its end, or cancel that.',
  )

const tooMany = () =>
  new AppError(
    'conflict',
    'mail.too_many_rule_passes',
    `${maxRunning} are running already; wait for one of them to end, or cancel one.`,
  )
