import type { PersonUsage } from '../people/people.ts'
import type { DriveQuotas } from './drive-quotas.ts'
import { type QuotaKind, quotaKinds } from './quota.ts'
import type { QuotaEvaluation } from './quota-evaluation.ts'
import type { PersonQuota } from './quota-wire.ts'

/** What of a person's usage counts for a quota; what lies in their drive is asked for where it is kept. */
const usageOf: Readonly<Record<QuotaKind, string | undefined>> = {
  mail: 'mail_bytes',
  attachments: 'upload_bytes',
  drive: undefined,
}

export type UsageOfPerson = Readonly<Record<string, number>>
export type PresentedQuotas = ReturnType<typeof createPersonQuotas>

/** Quotas with what is used of them. */
export function createPersonQuotas(deps: {
  quotas: QuotaEvaluation
  usage: readonly PersonUsage[]
  drive: Pick<DriveQuotas, 'isKept' | 'used'>
}) {
  const kinds = quotaKinds.filter((kind) => kind !== 'drive' || deps.drive.isKept)

  async function usageOfPerson(personId: string): Promise<UsageOfPerson> {
    const usages = await Promise.all(deps.usage.map((usage) => usage([personId])))
    return Object.assign({}, ...usages.map((usage) => usage.get(personId)))
  }

  /** Of these people, whose usage is known already. */
  async function present(usages: ReadonlyMap<string, UsageOfPerson>): Promise<Map<string, PersonQuota[]>> {
    const quotas = await deps.quotas.of([...usages.keys()])
    const items = (personId: string, usage: UsageOfPerson): PersonQuota[] =>
      kinds.map((kind) => {
        const { bytes: quota, source } = quotas.get(personId)?.[kind] ?? { bytes: null, source: null }
        const group = source?.by === 'group' ? source.group : null
        const name = usageOf[kind]
        const used = name === undefined ? null : (usage[name] ?? 0)
        return { kind, used, quota, said_by: source?.by ?? null, group }
      })
    return new Map([...usages].map(([personId, usage]) => [personId, items(personId, usage)]))
  }

  const ofPerson = async (personId: string): Promise<PersonQuota[]> =>
    (await present(new Map([[personId, await usageOfPerson(personId)]]))).get(personId) ?? []

  return {
    present,
    /** What this service keeps itself. */
    ofOwn: async (personId: string): Promise<PersonQuota[]> =>
      (await ofPerson(personId)).filter(({ kind }) => kind !== 'drive'),
    async ofPerson(personId: string): Promise<PersonQuota[]> {
      const [items, used] = await Promise.all([ofPerson(personId), deps.drive.used(personId)])
      return items.map((item) => (item.kind === 'drive' ? { ...item, used } : item))
    },
  }
}
