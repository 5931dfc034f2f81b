import type { Database } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import { decodeCursor, pageOfRows } from '#platform/http/cursor.ts'
import { type ExecutionRow, executionStore as store } from './execution-store.ts'
import { type RuleKey, ruleStore } from './rule-store.ts'
import type { Execution } from './rule-wire.ts'

export type Executions = ReturnType<typeof createExecutions>

/** What rules did. */
export function createExecutions({ database }: { database: Database }) {
  return {
    /** Newest first. @throws AppError `not_found` */
    async list(key: RuleKey, { cursor, limit }: { cursor: string | undefined; limit: number }) {
      if (!(await ruleStore.find(database, key))) throw notFound('rule')
      const [at, messageId] = cursor === undefined ? [] : decodeCursor(cursor, ['time', 'uuid'])
      const before = at === undefined || messageId === undefined ? undefined : { at, messageId }
      const rows = await store.list(database, key, { before, limit: limit + 1 })
      return pageOfRows(rows, limit, executionOf, (last) => [last.executed_key, last.message_id])
    },
  }
}

function executionOf(row: ExecutionRow): Execution {
  const failed = row.actions.find(({ outcome }) => outcome === 'failed')
  return {
    rule_id: row.rule_id,
    rule_version: row.rule_version,
    message_id: row.message_id,
    cause: row.cause,
    outcome: row.outcome,
    error: failed ? { code: failed.code ?? 'internal_error', message: failed.message ?? '' } : null,
    actions: row.actions,
    executed_at: row.executed_at.toISOString(),
  }
}
