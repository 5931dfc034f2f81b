import { type TProperties, type TSchema, Type } from 'typebox'

const text = (maxLength = 1000) => Type.String({ maxLength })
const oneOf = (values: readonly string[], description?: string) =>
  Type.String({ enum: [...values], ...(description && { description }) })
const optional = (members: TProperties): TProperties =>
  Object.fromEntries(Object.entries(members).map(([name, schema]) => [name, Type.Optional(schema)]))

const placed = optional({
  contexts: Type.Array(oneOf(['private', 'work']), { maxItems: 2 }),
  pref: Type.Integer({ minimum: 1, maximum: 100, description: '1 is liked best.' }),
  label: text(200),
})
const nameParts = {
  ...{ title: text(), given: text(), given2: text(), surname: text(), surname2: text() },
  ...{ generation: text(), credential: text() },
  phonetic: Type.Object(optional({ given: text(), given2: text(), surname: text() })),
  sort_as: text(),
}
const phoneFeatures = ['mobile', 'voice', 'text', 'video', 'main-number', 'textphone', 'fax', 'pager']
const addressParts = {
  ...{ full: text(2000), po_box: text(), extended: text(), street: text(), locality: text(), region: text() },
  ...{ postcode: text(), country: text(), country_code: text(10), coordinates: text(200), time_zone: text(100) },
}
const date = Type.Object(
  optional({
    year: Type.Integer({ minimum: 0, maximum: 9999 }),
    month: Type.Integer({ minimum: 1, maximum: 12 }),
    day: Type.Integer({ minimum: 1, maximum: 31 }),
  }),
)

/** The entries of each map: what they need, and what they may have. */
const entries: Readonly<Record<string, { needs: TProperties; may: TProperties }>> = {
  emails: { needs: { address: text(320) }, may: placed },
  phones: {
    needs: { number: text(200) },
    may: { ...placed, features: Type.Optional(Type.Array(oneOf(phoneFeatures), { maxItems: 8 })) },
  },
  addresses: { needs: {}, may: { ...placed, ...optional(addressParts) } },
  online_services: {
    needs: {},
    may: { ...placed, ...optional({ service: text(200), uri: text(2000), user: text() }) },
  },
  links: { needs: { uri: text(2000) }, may: placed },
  organizations: { needs: {}, may: optional({ name: text(), units: Type.Array(text(), { maxItems: 20 }) }) },
  titles: { needs: { name: text(), kind: oneOf(['title', 'role']) }, may: {} },
  anniversaries: {
    needs: { kind: oneOf(['birth', 'death', 'wedding', 'other']), date },
    may: optional({ label: text(200) }),
  },
  notes: { needs: { note: text(100_000) }, may: {} },
  preferred_languages: { needs: { language: text(100) }, may: placed },
  pronouns: { needs: { pronouns: text(200) }, may: placed },
  related_to: {
    needs: {},
    may: optional({
      uri: text(2000),
      text: text(),
      relation: Type.Array(text(50), { maxItems: 10 }),
      label: text(200),
    }),
  },
  custom_fields: { needs: { label: text(200), value: text(10_000) }, may: {} },
}

const mapOf = (entry: TSchema) =>
  Type.Record(Type.String({ pattern: '^[A-Za-z0-9_-]{1,40}$' }), entry, { maxProperties: 200 })

/** Maps of whole entries, or of changes to entries, in which anything may be null. */
const maps = (isPatch: boolean): TProperties =>
  Object.fromEntries(
    Object.entries(entries).map(([member, { needs, may }]) => {
      const all = { ...needs, ...may }
      const entry = isPatch ? Type.Union([Type.Object(nullable(all)), Type.Null()]) : Type.Object(all)
      const map = mapOf(entry)
      return [member, Type.Optional(isPatch ? Type.Union([map, Type.Null()]) : map)]
    }),
  )

const nullable = (members: TProperties): TProperties =>
  Object.fromEntries(
    Object.entries(members).map(([name, schema]) => [name, Type.Optional(Type.Union([schema, Type.Null()]))]),
  )

const uids = Type.Array(text(500), { maxItems: 5000 })
const scalars = {
  nicknames: Type.Array(text(200), { maxItems: 50 }),
  categories: Type.Array(text(200), { maxItems: 200 }),
  members: Type.Array(text(500), { maxItems: 5000, description: 'Of a group: the uids of who is in it.' }),
  language: text(100),
  gender: Type.Object(optional({ sex: oneOf(['M', 'F', 'O', 'N', 'U']), identity: text(200) })),
  grammatical_gender: text(50),
}
const kind = Type.String({
  pattern: '^[A-Za-z0-9-]{1,40}$',
  examples: ['individual'],
  description: 'individual, group, org, location …',
})

export const CardMembers: TProperties = {
  uid: Type.String(),
  kind: Type.String(),
  name: Type.Object({ full: Type.String(), ...optional(nameParts) }),
  ...optional({ ...scalars, members: uids }),
  ...maps(false),
}

export const cardExample = {
  name: { given: 'Grace', surname: 'Hopper' },
  organizations: { o1: { name: 'Yale University', units: ['Mathematics'] } },
  titles: { t1: { name: 'Professor', kind: 'title' } },
  emails: { e1: { address: 'grace@example.com', contexts: ['work'], pref: 1 } },
  phones: { p1: { number: '+1 203 432 4771', features: ['mobile'] } },
  anniversaries: { d1: { kind: 'birth', date: { year: 1906, month: 12, day: 9 } } },
  categories: ['Pioneers'],
}

export const NewCardBody = Type.Object(
  {
    ...optional({ uid: text(500), kind, name: Type.Object(optional({ full: text(), ...nameParts })), ...scalars }),
    ...maps(false),
  },
  { examples: [cardExample] },
)

/** A merge patch (RFC 7396). */
export const CardPatchBody = Type.Object(
  {
    ...nullable({ kind, ...scalars }),
    name: Type.Optional(Type.Object(nullable({ full: text(), ...nameParts }))),
    ...maps(true),
  },
  {
    minProperties: 1,
    examples: [{ name: { given: 'Grace' }, phones: { p1: null }, notes: { n1: { note: 'Met in Paris.' } } }],
  },
)
