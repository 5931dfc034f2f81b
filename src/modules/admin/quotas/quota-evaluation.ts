import type { Database, Queryable } from '#platform/database/database.ts'
import type { LiveSettings } from '#platform/settings/live-settings.ts'
import { type GroupQuotas, noQuotas, type Quota, type QuotaKind, quotaFor, quotaKinds } from './quota.ts'
import { quotaStore as store } from './quota-store.ts'

export const quotasKey = 'quotas'
export type PersonQuotas = Readonly<Record<QuotaKind, Quota>>

const unlimited: Quota = { bytes: null, source: null }
const withoutQuotas: PersonQuotas = { mail: unlimited, attachments: unlimited, drive: unlimited }

export type QuotaEvaluation = ReturnType<typeof createQuotaEvaluation>

/** The one place where quotas are evaluated. What is said of groups is in force within five seconds. */
export function createQuotaEvaluation({ database, settings }: { database: Database; settings: LiveSettings }) {
  const saidOfGroups = () => (settings.get(quotasKey) as unknown as GroupQuotas | undefined) ?? noQuotas

  async function of(
    personIds: readonly string[],
    db: Queryable = database,
    said: GroupQuotas = saidOfGroups(),
  ): Promise<Map<string, PersonQuotas>> {
    const rows = await store.of(db, personIds)
    const quotasOf = (row: (typeof rows)[number]): PersonQuotas => {
      const quotas = quotaKinds.map((kind) => [kind, quotaFor(kind, row, said)] as const)
      return { ...withoutQuotas, ...Object.fromEntries(quotas) }
    }
    return new Map(rows.map((row) => [row.id, quotasOf(row)]))
  }

  return {
    of,
    /**
     * What is said of groups and of everybody at this moment, for whoever tells it to others: of two nodes none tells what
     * it held for the newest.
     */
    saidNow: async (): Promise<GroupQuotas> =>
      ((await settings.read(quotasKey)) as unknown as GroupQuotas | undefined) ?? noQuotas,
    /** What holds for somebody; nobody has no quota. */
    ofPerson: async (personId: string, db?: Queryable): Promise<PersonQuotas> =>
      (await of([personId], db)).get(personId) ?? withoutQuotas,
    /** Bytes that somebody may keep; null for as many as they like. */
    limit: async (db: Queryable, personId: string, kind: QuotaKind): Promise<number | null> =>
      ((await of([personId], db)).get(personId) ?? withoutQuotas)[kind].bytes,
  }
}
