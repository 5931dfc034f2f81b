import { sql } from 'kysely'
import type { Database } from '#platform/database/database.ts'
import type { KeyRing } from './key-ring.ts'

/**
 * A column that holds ciphertext of the key ring, or null; its table has the primary key (owner_id, id), or another
 * UUID in the place of id.
 */
export type SealedColumn = { table: string; column: string; idColumn?: string; bindingOf: (id: string) => string }

/** How many values each key still opens, over all sealed columns. */
export async function countByKey(database: Database, columns: readonly SealedColumn[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const { table, column } of columns) {
    const { rows } = await sql<{ key_id: string; count: number }>`
      select split_part(${sql.ref(column)}, '.', 2) as key_id, count(*) as count
      from ${sql.table(table)} where ${sql.ref(column)} is not null group by 1`.execute(database)
    for (const { key_id, count } of rows) counts.set(key_id, (counts.get(key_id) ?? 0) + count)
  }
  return counts
}

/**
 * Refuses to start without a key that is still needed: its values could never be opened again.
 * @throws Error naming each missing key and how many values need it.
 */
export async function requireKeysInUse(
  database: Database,
  columns: readonly SealedColumn[],
  keyIds: ReadonlySet<string>,
): Promise<void> {
  const missing = [...(await countByKey(database, columns))].filter(([keyId]) => !keyIds.has(keyId))
  if (missing.length === 0) return
  const list = missing.map(([keyId, count]) => `"${keyId}" (${count} in use)`).join(', ')
  throw new Error(`MAIL_CREDENTIAL_KEYS lacks ${list}. Put it back, run "ultid secrets reencrypt", then remove it.`)
}

const batchSize = 200

/**
 * Moves every value to the active key, in batches, while the service runs: a value that changes in the meantime is left
 * to its new writer. What is done stays done, so it can be interrupted and run again.
 * @param onProgress told after each batch.
 */
export async function reencrypt(
  deps: { database: Database; keyRing: KeyRing; activeKeyId: string },
  columns: readonly SealedColumn[],
  onProgress: (done: number) => void,
): Promise<number> {
  let done = 0
  for (const column of columns) {
    let after = { owner_id: '00000000-0000-0000-0000-000000000000', id: '00000000-0000-0000-0000-000000000000' }
    for (;;) {
      const batch = await readBatch(deps, column, after)
      for (const row of batch) done += await moveToActiveKey(deps, column, row)
      const last = batch.at(-1)
      if (!last) break
      after = last
      onProgress(done)
    }
  }
  return done
}

type Row = { owner_id: string; id: string; value: string }
type Deps = { database: Database; keyRing: KeyRing; activeKeyId: string }

async function readBatch(
  deps: Deps,
  { table, column, idColumn = 'id' }: SealedColumn,
  after: { owner_id: string; id: string },
): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select owner_id, ${sql.ref(idColumn)} as id, ${sql.ref(column)} as value from ${sql.table(table)}
    where split_part(${sql.ref(column)}, '.', 2) <> ${deps.activeKeyId}
      and (owner_id, ${sql.ref(idColumn)}) > (${after.owner_id}::uuid, ${after.id}::uuid)
    order by owner_id, ${sql.ref(idColumn)} limit ${batchSize}`.execute(deps.database)
  return rows
}

async function moveToActiveKey(deps: Deps, place: SealedColumn, row: Row): Promise<number> {
  const { table, column, idColumn = 'id' } = place
  const binding = place.bindingOf(row.id)
  const value = deps.keyRing.encrypt(deps.keyRing.decrypt(row.value, binding), binding)
  const { numAffectedRows = 0n } = await sql`
    update ${sql.table(table)} set ${sql.ref(column)} = ${value}
    where owner_id = ${row.owner_id} and ${sql.ref(idColumn)} = ${row.id} and ${sql.ref(column)} = ${row.value}`.execute(
    deps.database,
  )
  return Number(numAffectedRows)
}
