import type { Cache } from '#platform/cache/cache.ts'
import type { Database } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { Objects } from '#platform/objects/objects.ts'
import { erasureStore as store } from './erasure-store.ts'
import type { PersonData } from './person-data.ts'

export type ErasureDeps = {
  database: Database
  objects: Objects
  cache: Pick<Cache, 'deleteNaming'>
  /** What object keys begin with: `<prefix><person>/`. */
  objectPrefixes: () => readonly string[]
  data: readonly PersonData[]
}

export type ErasureReport = { systems: string[]; objects: number; rows: Record<string, number>; jobs: number }

/** Removes everything of a person but the audit log. Each part may be done twice; a failure is tried again from there. */
export function createEraser({ database, objects, cache, data, objectPrefixes }: ErasureDeps) {
  async function outside(personId: string): Promise<string[]> {
    const systems: string[] = []
    for (const { name, eraseOutside } of data) {
      if (!eraseOutside) continue
      await eraseOutside(personId).catch(ignoreAbsence)
      systems.push(name)
    }
    return systems
  }

  async function blobs(personId: string): Promise<number> {
    let count = 0
    for (const prefix of objectPrefixes()) {
      for (;;) {
        const page = await objects.list(`${prefix}${personId}/`, { limit: 500 })
        for (const { key } of page) if (await objects.delete(key)) count++
        if (page.length < 500) break
      }
    }
    return count
  }

  /** In whatever order foreign keys allow: what is still referred to waits for the next round. */
  async function rows(personId: string): Promise<Record<string, number>> {
    const counts: Record<string, number> = {}
    let left = await store.tables(database)
    while (left.length > 0) {
      const waiting: string[] = []
      for (const table of left) {
        const count = await deleteAll(table, personId)
        if (count === undefined) waiting.push(table)
        else if (count > 0) counts[table] = (counts[table] ?? 0) + count
      }
      if (waiting.length === left.length) throw new Error(`Rows of ${waiting.join(', ')} refer to one another.`)
      left = waiting
    }
    for (const place of await store.mentions(database)) {
      const count = await store.deleteMentions(database, place, personId)
      if (count > 0) counts[place.table] = (counts[place.table] ?? 0) + count
    }
    await store.forgetRequester(database, personId)
    return counts
  }

  /** Undefined when rows of another table still refer to these. */
  async function deleteAll(table: string, personId: string): Promise<number | undefined> {
    let count = 0
    try {
      for (;;) {
        const deleted = await store.deleteRows(database, table, personId)
        count += deleted
        if (deleted === 0) return count
      }
    } catch (error) {
      if ((error as { code?: string }).code === foreignKeyViolation) return undefined
      throw error
    }
  }

  return async (personId: string): Promise<ErasureReport> => {
    const systems = await outside(personId)
    for (const { forget } of data) await forget?.(personId)
    const owned = (await Promise.all(data.map((one) => one.ownedBy?.(personId) ?? []))).flat()
    const report: ErasureReport = { systems, jobs: 0, rows: {}, objects: 0 }
    for (const ownerId of [...owned, personId]) {
      report.jobs += await store.deleteJobs(database, ownerId)
      for (const [table, count] of Object.entries(await rows(ownerId))) {
        report.rows[table] = (report.rows[table] ?? 0) + count
      }
      await cache.deleteNaming(ownerId)
      // After the rows: nothing refers to an object any more that is not there.
      report.objects += await blobs(ownerId)
      if (ownerId !== personId) await store.deletePrincipal(database, ownerId)
    }
    return report
  }
}

const foreignKeyViolation = '23503'

function ignoreAbsence(error: unknown): void {
  if (error instanceof AppError && error.kind === 'not_found') return
  throw error
}
