import type { Anniversary, CardDraft, PartialDate } from '../card/card.ts'

/** A row by the names of its columns; empty cells are left out. */
export type CsvRow = ReadonlyMap<string, string>

/** Several values of a cell, as Google writes them. */
const several = (cell: string | undefined): string[] =>
  (cell ?? '')
    .split(' ::: ')
    .map((one) => one.trim())
    .filter(Boolean)

export const isGoogle = (columns: ReadonlySet<string>): boolean =>
  ['E-mail 1 - Value', 'Phone 1 - Value', 'Given Name', 'Organization Name', 'Labels'].some((name) => columns.has(name))

/** Google's columns, those of today and those before 2023. */
export function googleDraft(row: CsvRow): CardDraft {
  const first = (...names: string[]) => names.map((name) => row.get(name)).find(Boolean)
  const numbered = <T>(kind: string, read: (at: (part: string) => string | undefined) => T[]): T[] =>
    Array.from({ length: 20 }, (_, at) => read((part) => row.get(`${kind} ${at + 1} - ${part}`))).flat()
  const labelled = (kind: string) =>
    numbered(kind, (at) => several(at('Value')).map((value) => ({ value, ...placing(at('Label') ?? at('Type')) })))
  const birthday = dateOf(first('Birthday'))
  const [organization, department, title] = [
    ...[
      first('Organization Name', 'Organization 1 - Name'),
      first('Organization Department', 'Organization 1 - Department'),
    ],
    first('Organization Title', 'Organization 1 - Title'),
  ]
  const events = labelled('Event').flatMap(({ value, label }): Anniversary[] => {
    const date = dateOf(value)
    return date ? [{ kind: label === 'Anniversary' ? 'wedding' : 'other', date, ...(label && { label }) }] : []
  })
  const notes = first('Notes')
  return {
    name: {
      ...named('full', first('Name')),
      ...{
        ...named('given', first('First Name', 'Given Name')),
        ...named('given2', first('Middle Name', 'Additional Name')),
      },
      ...{ ...named('surname', first('Last Name', 'Family Name')), ...named('title', first('Name Prefix')) },
      ...named('credential', first('Name Suffix')),
      phonetic: {
        ...named('given', first('Phonetic First Name', 'Given Name Yomi')),
        ...named('surname', first('Phonetic Last Name', 'Family Name Yomi')),
      },
    },
    nicknames: several(first('Nickname')),
    categories: several(first('Labels', 'Group Membership'))
      .map((one) => one.replace(/^\* /, ''))
      .filter((one) => !/^my ?contacts$/i.test(one)),
    emails: mapOf(
      'e',
      labelled('E-mail').map(({ value, ...rest }) => ({ address: value, ...rest })),
    ),
    phones: mapOf(
      'p',
      labelled('Phone').map(({ value, label, ...rest }) => ({ number: value, ...rest, ...phoneKind(label) })),
    ),
    links: mapOf(
      'l',
      labelled('Website').map(({ value, ...rest }) => ({ uri: value, ...rest })),
    ),
    addresses: mapOf(
      'a',
      numbered('Address', (at) => [addressOf(at)]),
    ),
    related_to: mapOf(
      'r',
      labelled('Relation').map(({ value, label }) => ({
        text: value,
        ...(label && { relation: [label.toLowerCase()] }),
      })),
    ),
    custom_fields: mapOf(
      'c',
      labelled('Custom Field').map(({ value, label }) => ({ value, label: label ?? 'Custom' })),
    ),
    anniversaries: mapOf('d', [...(birthday ? [{ kind: 'birth' as const, date: birthday }] : []), ...events]),
    organizations: mapOf(
      'o',
      organization || department
        ? [{ ...named('name', organization), ...(department && { units: [department] }) }]
        : [],
    ),
    titles: mapOf('t', title ? [{ name: title, kind: 'title' as const }] : []),
    notes: mapOf('n', notes ? [{ note: notes }] : []),
  }
}

function addressOf(at: (part: string) => string | undefined) {
  const { value: _, ...where } = { value: '', ...placing(at('Label') ?? at('Type')) }
  return {
    ...{ ...named('full', at('Formatted')), ...named('street', at('Street')), ...named('locality', at('City')) },
    ...{ ...named('po_box', at('PO Box')), ...named('region', at('Region')), ...named('postcode', at('Postal Code')) },
    ...{ ...named('country', at('Country')), ...named('extended', at('Extended Address')), ...where },
  }
}

export const named = <Key extends string>(key: Key, value: string | undefined): Partial<Record<Key, string>> =>
  (value === undefined || value === '' ? {} : { [key]: value }) as Partial<Record<Key, string>>

/** Entries by made-up ids. */
export const mapOf = <T>(letter: string, entries: readonly T[]): Record<string, T> =>
  Object.fromEntries(entries.map((entry, at) => [`${letter}${at + 1}`, entry]))

/** `* Work`: the star says that it is liked best. */
function placing(cell: string | undefined): { contexts?: ('private' | 'work')[]; pref?: number; label?: string } {
  const isFirst = cell?.startsWith('* ') === true
  const label = cell?.replace(/^\* /, '').trim() ?? ''
  const context = /^home$/i.test(label) ? 'private' : /^work$/i.test(label) ? 'work' : undefined
  return {
    ...(context ? { contexts: [context] } : label && !/^(other|)$/i.test(label) ? { label } : {}),
    ...(isFirst && { pref: 1 }),
  }
}

function phoneKind(label: string | undefined) {
  if (label === undefined) return {}
  if (/^mobile$/i.test(label)) return { features: ['mobile' as const] }
  if (/^main$/i.test(label)) return { features: ['main-number' as const] }
  if (/^pager$/i.test(label)) return { features: ['pager' as const] }
  const fax = /^(home|work) fax$/i.exec(label)
  if (fax)
    return {
      features: ['fax' as const],
      contexts: [label.toLowerCase().startsWith('home') ? ('private' as const) : ('work' as const)],
    }
  return { label }
}

/** `1906-12-09`, ` --12-09`, and month first as Outlook writes it in America; day first where it can be nothing else. */
export function dateOf(cell: string | undefined): PartialDate | undefined {
  const text = cell?.trim() ?? ''
  const [, year, month, day] = /^(\d{4}|-)-(\d{1,2})-(\d{1,2})/.exec(text) ?? []
  if (year) return { ...(year !== '-' && { year: Number(year) }), month: Number(month), day: Number(day) }
  const [, one = '', separator, other = '', then] = /^(\d{1,2})([/.-])(\d{1,2})[/.-](\d{4})$/.exec(text) ?? []
  if (!then || then === '0000' || Number(one) === 0) return undefined
  const isDayFirst = separator === '.' || Number(one) > 12
  const [m, d] = isDayFirst ? [other, one] : [one, other]
  return { year: Number(then), month: Number(m), day: Number(d) }
}
