import type { Address, Card } from '../card/card.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, at) => at + 1)
const addressParts = [
  'Label',
  'Formatted',
  'Street',
  'City',
  'PO Box',
  'Region',
  'Postal Code',
  'Country',
  'Extended Address',
]

/** The columns of Google Contacts, which Outlook and others read as well. */
const columns = [
  ...[
    'First Name',
    'Middle Name',
    'Last Name',
    'Phonetic First Name',
    'Phonetic Last Name',
    'Name Prefix',
    'Name Suffix',
  ],
  ...['Nickname', 'Organization Name', 'Organization Title', 'Organization Department', 'Birthday', 'Notes', 'Labels'],
  ...numbers(5).flatMap((at) => [`E-mail ${at} - Label`, `E-mail ${at} - Value`]),
  ...numbers(6).flatMap((at) => [`Phone ${at} - Label`, `Phone ${at} - Value`]),
  ...numbers(3).flatMap((at) => addressParts.map((part) => `Address ${at} - ${part}`)),
  ...numbers(3).flatMap((at) => [`Website ${at} - Label`, `Website ${at} - Value`]),
  ...numbers(5).flatMap((at) => [`Custom Field ${at} - Label`, `Custom Field ${at} - Value`]),
]

export const csvHead = (): string => `\ufeff${line(columns)}`

/** A contact as a row of them; what has no column is left out. */
export function csvRow(card: Card): string {
  const { name } = card
  const [organization] = Object.values(card.organizations ?? {})
  const [title] = Object.values(card.titles ?? {})
  const birth = Object.values(card.anniversaries ?? {}).find(({ kind }) => kind === 'birth')?.date
  const hasParts = name.given !== undefined || name.surname !== undefined
  const cells = new Map<string, string | undefined>([
    ...(Object.entries({
      ...{ 'First Name': hasParts ? name.given : name.full, 'Middle Name': name.given2, 'Last Name': name.surname },
      ...{ 'Phonetic First Name': name.phonetic?.given, 'Phonetic Last Name': name.phonetic?.surname },
      ...{ 'Name Prefix': name.title, 'Name Suffix': name.credential, Nickname: card.nicknames?.join(' ::: ') },
      ...{ 'Organization Name': organization?.name, 'Organization Department': organization?.units?.[0] },
      ...{
        'Organization Title': title?.name,
        Birthday: birth && dateText(birth),
        Labels: card.categories?.join(' ::: '),
      },
      Notes: Object.values(card.notes ?? {})
        .map(({ note }) => note)
        .join('\n\n'),
    }) as [string, string | undefined][]),
    ...repeated('E-mail', card.emails, ({ address }) => address),
    ...repeated('Phone', card.phones, ({ number }) => number),
    ...repeated('Website', card.links, ({ uri }) => uri),
    ...repeated('Custom Field', card.custom_fields, ({ value }) => value),
    ...Object.values(card.addresses ?? {}).flatMap((address, at) => addressCells(address, at + 1)),
  ])
  return line(columns.map((column) => cells.get(column) ?? ''))
}

type Labelled = { contexts?: string[]; pref?: number; label?: string; features?: string[] }

function repeated<T extends Labelled>(
  kind: string,
  map: Readonly<Record<string, T>> | undefined,
  textOf: (entry: T) => string,
) {
  return Object.values(map ?? {}).flatMap((entry, at): [string, string][] => [
    [`${kind} ${at + 1} - Label`, labelOf(entry)],
    [`${kind} ${at + 1} - Value`, textOf(entry)],
  ])
}

function labelOf({ contexts = [], pref, label, features = [] }: Labelled): string {
  const place = contexts.includes('work') ? 'Work' : contexts.includes('private') ? 'Home' : ''
  const kind = features.includes('fax') ? `${place} Fax`.trim() : features.includes('mobile') ? 'Mobile' : place
  const text = label ?? kind
  return pref === 1 ? `* ${text || 'Other'}` : text
}

const addressCells = (address: Address, at: number): [string, string | undefined][] => [
  [`Address ${at} - Label`, labelOf(address)],
  [`Address ${at} - Formatted`, address.full],
  [`Address ${at} - Street`, address.street],
  [`Address ${at} - City`, address.locality],
  [`Address ${at} - PO Box`, address.po_box],
  [`Address ${at} - Region`, address.region],
  [`Address ${at} - Postal Code`, address.postcode],
  [`Address ${at} - Country`, address.country],
  [`Address ${at} - Extended Address`, address.extended],
]

function dateText({ year, month, day }: { year?: number; month?: number; day?: number }): string | undefined {
  if (month === undefined || day === undefined) return undefined
  const padded = (value: number) => String(value).padStart(2, '0')
  return `${year === undefined ? '-' : String(year).padStart(4, '0')}-${padded(month)}-${padded(day)}`
}

const line = (cells: readonly string[]): string => `${cells.map(cell).join(',')}\r\n`

/** RFC 4180; what a spreadsheet would take for a formula is marked as a text. */
function cell(text: string): string {
  const safe = /^[=@\t]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
