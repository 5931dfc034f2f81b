/** What has a quota. That of the drive is worked out here and kept to by whoever keeps the files. */
export const quotaKinds = ['mail', 'attachments', 'drive'] as const
export type QuotaKind = (typeof quotaKinds)[number]

/** Bytes by what they are for; null is no limit, and what is left out is somebody else's word. */
export type Limits = { readonly [Kind in QuotaKind]?: number | null }

/** What is said of people of groups, and of everybody. */
export type GroupQuotas = { everybody: Limits; groups: readonly { group: string; limits: Limits }[] }

export const noQuotas: GroupQuotas = { everybody: {}, groups: [] }

/** Whose word a quota is. */
export type QuotaSource = { by: 'person' | 'everybody' } | { by: 'group'; group: string }
/** Bytes a person may keep; null for as many as they like. `source` is null where nobody says anything. */
export type Quota = { bytes: number | null; source: QuotaSource | null }

/** The person's own word wins; else the largest of what their groups say; else everybody's; else there is no limit. */
export function quotaFor(
  kind: QuotaKind,
  { own, groups }: { own: Limits; groups: readonly string[] },
  quotas: GroupQuotas,
): Quota {
  const ownWord = own[kind]
  if (ownWord !== undefined) return { bytes: ownWord, source: { by: 'person' } }
  const words = quotas.groups.flatMap(({ group, limits }) => {
    const bytes = limits[kind]
    return bytes !== undefined && groups.includes(group) ? [{ bytes, group }] : []
  })
  const [first, ...others] = words
  if (first) {
    const { bytes, group } = others.reduce((most, word) => (isMore(word.bytes, most.bytes) ? word : most), first)
    return { bytes, source: { by: 'group', group } }
  }
  const everybody = quotas.everybody[kind]
  return everybody === undefined ? { bytes: null, source: null } : { bytes: everybody, source: { by: 'everybody' } }
}

const isMore = (one: number | null, other: number | null): boolean => other !== null && (one === null || one > other)

/** Whether anything is said of it for groups or everybody. */
export const isSaidOf = ({ everybody, groups }: GroupQuotas, kind: QuotaKind): boolean =>
  [everybody, ...groups.map(({ limits }) => limits)].some((limits) => limits[kind] !== undefined)
