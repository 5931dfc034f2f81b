import { isDeepStrictEqual } from 'node:util'
import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { decodeCursor, pageOfRows } from '#platform/http/cursor.ts'
import { etagMismatch, isMatch } from '#platform/http/etag.ts'
import { type Answer, once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import { actionsOf, checkCondition, checkReferences, checkWork } from './rule-checks.ts'
import { noteInterest } from './rule-interest.ts'
import { maxRules, type NewRule, type RuleKey, type RuleRow, ruleStore as store } from './rule-store.ts'
import { etagOfRule, type NewRuleBody, type Rule, type RuleChangeBody, ruleOf } from './rule-wire.ts'

export type Rules = ReturnType<typeof createRules>

/** What an owner wants done with mail as it comes, in its order. */
export function createRules({ database, transact }: { database: Database; transact: Transact }) {
  async function find(db: Database | Tx, key: RuleKey): Promise<RuleRow> {
    const row = await store.find(db, key)
    if (!row) throw notFound('rule')
    return row
  }

  /** @throws AppError `not_found`, `mail.rule_of_organisation` */
  async function findOwn(tx: Tx, key: RuleKey): Promise<RuleRow> {
    const row = await find(tx, key)
    if (row.is_organisational) throw ofOrganisation()
    return row
  }

  /** @throws AppError as `create` does. */
  async function checked(tx: Tx, ownerId: string, body: Required<NewRuleBody>, id: string): Promise<NewRule> {
    const { name, mail_account_id: mailAccountId, is_enabled: isEnabled, condition } = body
    await checkReferences(tx, ownerId, { mailAccountId, actions: body.actions })
    checkCondition(condition)
    return { id, mailAccountId, name, isEnabled, condition, actions: actionsOf(body.actions) }
  }

  /** All of them or none. @throws AppError as `create` does. */
  async function add(tx: Tx, ownerId: string, bodies: readonly NewRuleBody[]): Promise<Rule[]> {
    if ((await store.lock(tx, ownerId)) + bodies.length > maxRules) throw tooMany()
    const added: Rule[] = []
    for (const body of bodies) {
      const rule = await checked(tx, ownerId, { mail_account_id: null, is_enabled: true, ...body }, newId())
      await store.insert(tx, ownerId, rule)
      added.push(ruleOf(await find(tx, { ownerId, id: rule.id })))
    }
    await settle(tx, ownerId)
    return added
  }

  /** After any change. */
  async function settle(tx: Tx, ownerId: string): Promise<void> {
    const rules = await store.list(tx, ownerId, { limit: everything })
    checkWork(rules.map(({ condition }) => condition))
    await noteInterest(tx, ownerId, rules)
    await store.revise(tx, ownerId)
  }

  return {
    add,

    /**
     * It runs after all others, on what comes from now on.
     * @throws AppError `not_found` for what it names, `mail.too_many_rules`, one of `ruleCodes`, `invalid_request_body`,
     * `idempotency_key_reused`.
     */
    create: (ownerId: string, body: NewRuleBody, idempotencyKey?: string): Promise<Answer<Rule>> =>
      transact((tx) =>
        once(tx, { ownerId, scope: 'mail.rules', key: idempotencyKey, body }, async () => {
          const [rule] = await add(tx, ownerId, [body])
          return { status: 201, body: rule as Rule }
        }),
      ),

    /** In the order in which they run. */
    async list(ownerId: string, { cursor, limit }: { cursor: string | undefined; limit: number }) {
      const [position, id] = cursor === undefined ? [] : decodeCursor(cursor, ['number', 'uuid'])
      const after = position === undefined || id === undefined ? undefined : { position, id }
      const rows = await store.list(database, ownerId, { after, limit: limit + 1 })
      return pageOfRows(rows, limit, ruleOf, (last) => [last.position, last.id])
    },

    /** @throws AppError `not_found` */
    view: async (key: RuleKey): Promise<Rule> => ruleOf(await find(database, key)),

    /**
     * A change of what it does makes another version of it.
     * @throws AppError `not_found`, `mail.rule_of_organisation`, `etag_mismatch`, and as `create` does.
     */
    change: (key: RuleKey, body: RuleChangeBody, ifMatch: string | undefined): Promise<Rule> =>
      transact(async (tx) => {
        await store.lock(tx, key.ownerId)
        const before = ruleOf(await findOwn(tx, key))
        if (!isMatch(ifMatch, etagOfRule(before))) throw etagMismatch()
        const after = await checked(tx, key.ownerId, { ...before, ...definedOf(body) }, key.id)
        const isAnother = !isDeepStrictEqual(
          [before.condition, before.actions, before.mail_account_id],
          [after.condition, after.actions, after.mailAccountId],
        )
        await store.update(tx, key, after, { isAnother })
        await settle(tx, key.ownerId)
        return ruleOf(await find(tx, key))
      }),

    /** With the log of what it did. @throws AppError `not_found`, `mail.rule_of_organisation` */
    remove: (key: RuleKey): Promise<void> =>
      transact(async (tx) => {
        await store.lock(tx, key.ownerId)
        await findOwn(tx, key)
        await store.delete(tx, key)
        await settle(tx, key.ownerId)
      }),

    /** @throws AppError `not_found` for a rule that is not there, `mail.rule_order_incomplete` */
    order: (ownerId: string, ids: readonly string[]): Promise<void> =>
      transact(async (tx) => {
        const count = await store.lock(tx, ownerId)
        const own = (await store.list(tx, ownerId, { limit: everything })).filter((rule) => !rule.is_organisational)
        const known = new Set(own.map(({ id }) => id))
        if (ids.some((id) => !known.has(id))) throw notFound('rule')
        if (new Set(ids).size !== count) throw incompleteOrder()
        await store.setOrder(tx, ownerId, [...new Set(ids)])
        await store.revise(tx, ownerId)
      }),
  }
}

/** Of an owner, with those of the organisation. */
const everything = maxRules + 100

const definedOf = <T extends object>(body: T): { [Member in keyof T]: Exclude<T[Member], undefined> } =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as never

const ofOrganisation = () =>
  new AppError(
    'forbidden',
    'mail.rule_of_organisation',
    'This rule is your organisation’s and runs before yours; ask your administrator for a change of it.',
  )

const tooMany = () =>
  new AppError('conflict', 'mail.too_many_rules', `You have ${maxRules} rules; delete some or make one of several.`)

const incompleteOrder = () =>
  new AppError(
    'conflict',
    'mail.rule_order_incomplete',
    'Name each of your rules once; there are others by now. Read the list again.',
  )
