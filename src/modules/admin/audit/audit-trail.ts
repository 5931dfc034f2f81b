import { Readable } from 'node:stream'
import { verifyAudit } from '#platform/audit/audit-chain.ts'
import { type AuditFilter, type AuditRow, auditSearchStore as store } from '#platform/audit/audit-search-store.ts'
import type { Database } from '#platform/database/database.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { type Caller, recordChange } from '../changes.ts'
import type { AuditEntry, AuditExportQuery } from './audit-wire.ts'

const nobody = '00000000-0000-0000-0000-000000000000'
const rowsAtOnce = 500

export type AuditTrail = ReturnType<typeof createAuditTrail>

/** The audit log for those who look into it. */
export function createAuditTrail({ database }: { database: Database }) {
  async function* lines(filter: AuditFilter): AsyncGenerator<string> {
    let before: string | undefined
    for (;;) {
      const rows = await store.list(database, filter, { before, limit: rowsAtOnce })
      for (const row of rows) yield `${JSON.stringify(entryOf(row))}\n`
      if (rows.length < rowsAtOnce) return
      before = rows.at(-1)?.id
    }
  }

  return {
    async search(query: AuditExportQuery & { limit: number; cursor: string | undefined }) {
      const [before] = query.cursor === undefined ? [undefined] : decodeCursor(query.cursor, ['uuid'])
      const rows = await store.list(database, filterOf(query), { before, limit: query.limit + 1 })
      const items = rows.slice(0, query.limit)
      const last = items.at(-1)
      const next_cursor = rows.length > query.limit && last ? encodeCursor([last.id]) : null
      return { items: items.map(entryOf), next_cursor }
    },

    /** Newest first, one JSON object a line, read as it is sent. That it was exported is an entry of its own. */
    async export(caller: Caller, query: AuditExportQuery): Promise<Readable> {
      await recordChange(database, caller, { action: 'admin.audit_exported', before: null, after: { ...query } })
      return Readable.from(lines(filterOf(query)))
    },

    async verify() {
      const { entries, chains, faults } = await verifyAudit(database)
      return {
        ...{ is_intact: faults.length === 0, entries, chains },
        faults: faults.map(({ owner_id, kind, seq, id }) => ({
          ...{ person_id: personOf(owner_id), kind, seq, entry_id: id },
        })),
      }
    },
  }
}

const personOf = (ownerId: string): string | null => (ownerId === nobody ? null : ownerId)

function filterOf({ person_id: personId, actor_id: actorId, from, to, action, target, outcome }: AuditExportQuery) {
  const time = (text: string | undefined) => (text === undefined ? undefined : new Date(text))
  return { personId, actorId, action, target, outcome, from: time(from), to: time(to) }
}

function entryOf({ owner_id, at, details, ...row }: AuditRow): AuditEntry {
  const { id, actor_id, actor_name, action, target, outcome, address, user_agent, seq, previous_hash, hash } = row
  return {
    ...{ id, at: at.toISOString(), person_id: personOf(owner_id), actor_id, actor_name, action, target, outcome },
    ...{ address, user_agent, details, seq, previous_hash, hash },
  }
}
