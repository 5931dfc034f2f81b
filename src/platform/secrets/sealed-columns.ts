import { sql } from 'kysely'
import type { Database } from '#platform/database/database.ts'
import { OperatorError } from '#platform/errors.ts'
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
 * @throws OperatorError naming each missing key and how many values need it.
 */
export async function requireKeysInUse(
  database: Database,
  columns: readonly SealedColumn[],
  keyIds: ReadonlySet<string>,
): Promise<void> {
  const missing = [...(await countByKey(database, columns))].filter(([keyId]) => !keyIds.has(keyId))
  if (missing.length === 0) return
  const list = missing.map(([keyId, count]) => `"${keyId}" (${count} in use)`).join(', ')
  throw new OperatorError(
    `MAIL_CREDENTIAL_KEYS lacks ${list}. Put it back, run "ultid secrets reencrypt", then remove it.`,
  )
}

const batchSize = 200
const maxPasses = 3

export type Reencryption = {
  /** Values that use the active key now and did not before. */
  moved: number
  /** Values that do not open, as when a byte of them was changed: nobody can use them any more. */
  unopened: readonly UnopenedValue[]
  /** Values of other keys that are left, as when a node still seals with an earlier key; without the unopened ones. */
  left: number
}
export type UnopenedValue = { table: string; column: string; id: string; reason: string }

type Deps = { database: Database; keyRing: KeyRing; activeKeyId: string }

/**
 * Moves every value to the active key, in batches, while the service runs: a value that changes in the meantime is left
 * to its new writer, and looked at again in another pass. A value that does not open keeps none of the others. What is
 * done stays done, so it can be interrupted and run again.
 * @param onProgress told after each batch how many are done.
 */
export async function reencrypt(
  deps: Deps,
  columns: readonly SealedColumn[],
  onProgress: (moved: number) => void,
): Promise<Reencryption> {
  const unopened = new Map<string, UnopenedValue>()
  let moved = 0
  let left = 0
  for (let pass = 1; pass <= maxPasses; pass++) {
    for (const column of columns) {
      for await (const row of rowsOfOtherKeys(deps, column, () => onProgress(moved))) {
        const { table, column: name } = column
        const reason = await moveToActiveKey(deps, column, row).then(
          (count) => {
            moved += count
          },
          (error: Error) => error.message,
        )
        if (reason !== undefined)
          unopened.set(`${table}.${name}.${row.id}`, { table, column: name, id: row.id, reason })
      }
    }
    left = (await countOfOtherKeys(deps, columns)) - unopened.size
    if (left <= 0) break
  }
  return { moved, unopened: [...unopened.values()], left: Math.max(0, left) }
}

async function countOfOtherKeys({ database, activeKeyId }: Deps, columns: readonly SealedColumn[]): Promise<number> {
  const counts = await countByKey(database, columns)
  return [...counts].reduce((sum, [keyId, count]) => sum + (keyId === activeKeyId ? 0 : count), 0)
}

type Row = { owner_id: string; id: string; value: string }
const nil = '00000000-0000-0000-0000-000000000000'

async function* rowsOfOtherKeys(deps: Deps, place: SealedColumn, onBatch: () => void): AsyncGenerator<Row> {
  const { table, column, idColumn = 'id' } = place
  let after = { owner_id: nil, id: nil }
  for (;;) {
    const { rows } = await sql<Row>`
      select owner_id, ${sql.ref(idColumn)} as id, ${sql.ref(column)} as value from ${sql.table(table)}
      where split_part(${sql.ref(column)}, '.', 2) <> ${deps.activeKeyId}
        and (owner_id, ${sql.ref(idColumn)}) > (${after.owner_id}::uuid, ${after.id}::uuid)
      order by owner_id, ${sql.ref(idColumn)} limit ${batchSize}`.execute(deps.database)
    yield* rows
    const last = rows.at(-1)
    if (!last) return
    after = last
    onBatch()
  }
}

/** @returns 0 when the value has changed meanwhile. @throws Error when it does not open. */
async function moveToActiveKey(deps: Deps, place: SealedColumn, row: Row): Promise<number> {
  const { table, column, idColumn = 'id' } = place
  const binding = place.bindingOf(row.id)
  const value = deps.keyRing.encrypt(deps.keyRing.decrypt(row.value, binding), binding)
  const { numAffectedRows = 0n } = await sql`
    update ${sql.table(table)} set ${sql.ref(column)} = ${value}
    where owner_id = ${row.owner_id} and ${sql.ref(idColumn)} = ${row.id}
      and ${sql.ref(column)} = ${row.value}`.execute(deps.database)
  return Number(numAffectedRows)
}
