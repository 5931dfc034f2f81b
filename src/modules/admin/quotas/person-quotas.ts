import type { PersonUsage } from '../people/people.ts'
import { type QuotaKind, quotaKinds } from './quota.ts'
import type { QuotaEvaluation } from './quota-evaluation.ts'
import type { PersonQuota } from './quota-wire.ts'

/** What of a person's usage counts for a quota. */
const usageOf: Readonly<Record<QuotaKind, string>> = { mail: 'mail_bytes', attachments: 'upload_bytes' }

export type UsageOfPerson = Readonly<Record<string, number>>
export type PresentedQuotas = ReturnType<typeof createPersonQuotas>

/** Quotas with what is used of them. */
export function createPersonQuotas(deps: { quotas: QuotaEvaluation; usage: readonly PersonUsage[] }) {
  async function usageOfPerson(personId: string): Promise<UsageOfPerson> {
    const usages = await Promise.all(deps.usage.map((usage) => usage([personId])))
    return Object.assign({}, ...usages.map((usage) => usage.get(personId)))
  }

  /** Of these people, whose usage is known already. */
  async function present(usages: ReadonlyMap<string, UsageOfPerson>): Promise<Map<string, PersonQuota[]>> {
    const quotas = await deps.quotas.of([...usages.keys()])
    const items = (personId: string, usage: UsageOfPerson): PersonQuota[] =>
      quotaKinds.map((kind) => {
        const { bytes: quota, source } = quotas.get(personId)?.[kind] ?? { bytes: null, source: null }
        const group = source?.by === 'group' ? source.group : null
        return { kind, used: usage[usageOf[kind]] ?? 0, quota, said_by: source?.by ?? null, group }
      })
    return new Map([...usages].map(([personId, usage]) => [personId, items(personId, usage)]))
  }

  return {
    present,
    ofPerson: async (personId: string): Promise<PersonQuota[]> =>
      (await present(new Map([[personId, await usageOfPerson(personId)]]))).get(personId) ?? [],
  }
}
