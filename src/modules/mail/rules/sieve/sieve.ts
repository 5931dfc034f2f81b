import type { Database, Queryable, Transact } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { type Answer, once } from '#platform/http/idempotency.ts'
import { isNamed, type KeptAction, type RuleAction } from '../rule-action.ts'
import { maxRules, ruleStore } from '../rule-store.ts'
import type { ActionBody, NewRuleBody } from '../rule-wire.ts'
import type { Rules } from '../rules.ts'
import { exportSieve } from './sieve-export.ts'
import { importSieve } from './sieve-import.ts'
import { findSieveNames } from './sieve-name-store.ts'
import { SieveError } from './sieve-tokens.ts'
import type { ExportedScript, ImportBody, ImportedScript } from './sieve-wire.ts'

export type Sieve = ReturnType<typeof createSieve>

/** Rules from scripts, and scripts from rules (RFC 5228). */
export function createSieve({ database, transact, rules }: { database: Database; transact: Transact; rules: Rules }) {
  async function namesOf(db: Queryable, ownerId: string, mailAccountId: string) {
    const names = await findSieveNames(db, ownerId, mailAccountId)
    if (!names) throw notFound('mail account')
    return names
  }

  async function read(db: Queryable, ownerId: string, { script, mail_account_id: mailAccountId }: ImportBody) {
    const names = await namesOf(db, ownerId, mailAccountId)
    try {
      const { rules: found, notes } = importSieve(script, names)
      const bodies = found.map(
        ({ name, condition, actions }): NewRuleBody => ({
          ...{ name, condition, mail_account_id: mailAccountId, is_enabled: true },
          actions: actions as ActionBody[],
        }),
      )
      return { bodies, notes }
    } catch (error) {
      if (error instanceof SieveError) throw noScript(error)
      throw error
    }
  }

  return {
    /** The rules that run on mail of an account, as a script for its server. @throws AppError `not_found` */
    async export(ownerId: string, mailAccountId: string): Promise<ExportedScript> {
      const names = await namesOf(database, ownerId, mailAccountId)
      const all = await ruleStore.list(database, ownerId, { limit: maxRules })
      const own = all.filter(
        (rule) => !rule.is_organisational && (rule.mail_account_id === null || rule.mail_account_id === mailAccountId),
      )
      const exported = own.map(({ id, name, is_enabled, condition, actions }) => ({
        ...{ id, name, isEnabled: is_enabled, condition, actions: actions.filter(isOwn) },
      }))
      const { script, notes } = exportSieve(exported, names)
      return { script, notes: notes.map(({ ruleId, what, reason }) => ({ rule_id: ruleId, what, reason })) }
    },

    /** What an import would make. @throws AppError `not_found`, `mail.sieve_invalid` */
    async preview(ownerId: string, body: ImportBody): Promise<ImportedScript> {
      const { bodies, notes } = await read(database, ownerId, body)
      return { rules: bodies, created: [], notes }
    },

    /**
     * Makes rules of a script, all or none, after those that are there.
     * @throws AppError `mail.sieve_invalid`, and as `Rules.create` does.
     */
    import: (ownerId: string, body: ImportBody, idempotencyKey: string | undefined): Promise<Answer<ImportedScript>> =>
      transact((tx) =>
        once(tx, { ownerId, scope: 'mail.rules_sieve', key: idempotencyKey, body }, async () => {
          const { bodies, notes } = await read(tx, ownerId, body)
          return { status: 201, body: { rules: bodies, created: await rules.add(tx, ownerId, bodies), notes } }
        }),
      ),
  }
}

/** Only the organisation's go by names. */
const isOwn = (action: KeptAction): action is RuleAction => !isNamed(action)

const noScript = ({ line, message }: SieveError) =>
  new AppError('unprocessable', 'mail.sieve_invalid', `This is no Sieve script: line ${line} ${message}.`, {
    details: [{ path: 'body.script', message: `line ${line} ${message}` }],
  })
