import { sql } from 'kysely'
import type { Database } from '#platform/database/database.ts'
import type { ObjectReferences } from '#platform/objects/orphan-collection.ts'

/** The stored MIME of outgoing mail, `outbox/<owner>/<id>`, is in use as long as its row is there. */
export const outboxObjects = (database: Database): ObjectReferences => ({
  prefix: 'outbox/',
  async isReferenced(keys) {
    const parts = keys.map((key) => key.split('/'))
    const { rows } = await sql<{ mime_object: string }>`
      select row.mime_object
      from unnest(${parts.map(([, owner]) => owner)}::uuid[], ${parts.map(([, , id]) => id)}::uuid[]) as key (owner_id, id)
      join mail_outbox as row on row.owner_id = key.owner_id and row.id = key.id`.execute(database)
    return new Set(rows.map((row) => row.mime_object))
  },
})
