import { type Static, Type } from 'typebox'
import { quotaKinds } from './quota.ts'

const Bytes = Type.Union([Type.Integer({ minimum: 0, maximum: 2 ** 50 }), Type.Null()])
const describe =
  'Bytes; null for no limit. Of mail count the messages of all connected accounts, of attachments the files that wait ' +
  'to be sent; to that of the drive Nextcloud keeps, which is told within a minute. What is left out is said by somebody ' +
  'else, or nobody.'

export const LimitsBody = Type.Object(
  { mail: Type.Optional(Bytes), attachments: Type.Optional(Bytes), drive: Type.Optional(Bytes) },
  { description: describe, examples: [{ mail: 5_368_709_120, attachments: null, drive: 21_474_836_480 }] },
)

export const GroupQuotasBody = Type.Object(
  {
    everybody: LimitsBody,
    groups: Type.Array(Type.Object({ group: Type.String({ minLength: 1, maxLength: 200 }), limits: LimitsBody }), {
      maxItems: 200,
      description: 'Whoever is in several has the largest.',
    }),
  },
  {
    examples: [
      { everybody: { mail: 5_368_709_120 }, groups: [{ group: 'teachers', limits: { mail: 21_474_836_480 } }] },
    ],
  },
)

const Kind = Type.Unsafe<(typeof quotaKinds)[number]>(
  Type.String({ enum: [...quotaKinds], description: 'The drive is left out where its quota is not set here.' }),
)
const Used = Type.Integer({ minimum: 0, description: 'Bytes.' })
const Quota = Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], { description: 'Bytes; null for no limit.' })

export const PersonQuota = Type.Object({
  kind: Kind,
  used: Type.Union([Used, Type.Null()], {
    description: 'Bytes; null for the drive where many people are listed, or Nextcloud does not answer.',
  }),
  quota: Quota,
  said_by: Type.Union([Type.String({ enum: ['person', 'group', 'everybody'] }), Type.Null()], {
    description: 'Of whom it is said: of them alone, of a group of theirs, of everybody; null where nothing is said.',
  }),
  group: Type.Union([Type.String(), Type.Null()]),
})
export type PersonQuota = Static<typeof PersonQuota>

export const quotaExample = [
  { kind: 'mail', used: 73_400_320, quota: 21_474_836_480, said_by: 'group', group: 'teachers' },
  { kind: 'attachments', used: 0, quota: null, said_by: null, group: null },
]
export const PersonQuotas = Type.Object({ items: Type.Array(PersonQuota) }, { examples: [{ items: quotaExample }] })

export const OwnStorage = Type.Object(
  { items: Type.Array(Type.Object({ kind: Kind, used: Used, quota: Quota })) },
  { examples: [{ items: [{ kind: 'mail', used: 73_400_320, quota: 21_474_836_480 }] }] },
)
