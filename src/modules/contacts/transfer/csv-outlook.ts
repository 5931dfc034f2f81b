import type { Address, CardDraft, Phone } from '../card/card.ts'
import { type CsvRow, dateOf, mapOf, named } from './csv-google.ts'

const phoneColumns: Readonly<Record<string, Omit<Phone, 'number'>>> = {
  'Mobile Phone': { features: ['mobile'] },
  'Business Phone': { contexts: ['work'] },
  'Business Phone 2': { contexts: ['work'] },
  'Home Phone': { contexts: ['private'] },
  'Home Phone 2': { contexts: ['private'] },
  'Primary Phone': { pref: 1 },
  'Company Main Phone': { contexts: ['work'], features: ['main-number'] },
  'Business Fax': { contexts: ['work'], features: ['fax'] },
  'Home Fax': { contexts: ['private'], features: ['fax'] },
  'Other Fax': { features: ['fax'] },
  Pager: { features: ['pager'] },
  'Other Phone': {},
  'Car Phone': { label: 'Car' },
}
const addressKinds: Readonly<Record<string, Pick<Address, 'contexts'>>> = {
  ...{ Business: { contexts: ['work'] }, Home: { contexts: ['private'] }, Other: {} },
}

export const isOutlook = (columns: ReadonlySet<string>): boolean =>
  ['E-mail Address', 'E-mail 1 Address', 'Business Phone', 'Mobile Phone', 'Job Title'].some((name) =>
    columns.has(name),
  )

/** Outlook's columns, of the desktop and of the web. */
export function outlookDraft(row: CsvRow): CardDraft {
  const emails = ['E-mail Address', 'E-mail 1 Address', 'E-mail 2 Address', 'E-mail 3 Address'].flatMap(
    (name) => row.get(name) ?? [],
  )
  const [company, department, title] = [row.get('Company'), row.get('Department'), row.get('Job Title')]
  const [birthday, wedding] = [dateOf(row.get('Birthday')), dateOf(row.get('Anniversary'))]
  const [spouse, notes, page] = [
    row.get('Spouse'),
    row.get('Notes'),
    row.get('Web Page') ?? row.get('Personal Web Page'),
  ]
  const gender = row.get('Gender')
  return {
    name: {
      ...{ ...named('given', row.get('First Name')), ...named('given2', row.get('Middle Name')) },
      ...{ ...named('surname', row.get('Last Name')), ...named('title', row.get('Title')) },
      ...named('credential', row.get('Suffix')),
      phonetic: { ...named('given', row.get('Given Yomi')), ...named('surname', row.get('Surname Yomi')) },
    },
    nicknames: row.get('Nickname') ? [row.get('Nickname') ?? ''] : [],
    categories: (row.get('Categories') ?? '')
      .split(/[;,]/)
      .map((one) => one.trim())
      .filter(Boolean),
    emails: mapOf(
      'e',
      emails.map((address) => ({ address })),
    ),
    phones: mapOf(
      'p',
      Object.entries(phoneColumns).flatMap(([name, kind]) => {
        const number = row.get(name)
        return number ? [{ number, ...kind }] : []
      }),
    ),
    addresses: mapOf(
      'a',
      Object.entries(addressKinds).flatMap(([kind, where]) => {
        const address = addressOf(row, kind)
        return Object.keys(address).length > 0 ? [{ ...address, ...where }] : []
      }),
    ),
    organizations: mapOf(
      'o',
      company || department ? [{ ...named('name', company), ...(department && { units: [department] }) }] : [],
    ),
    titles: mapOf('t', title ? [{ name: title, kind: 'title' as const }] : []),
    anniversaries: mapOf('d', [
      ...(birthday ? [{ kind: 'birth' as const, date: birthday }] : []),
      ...(wedding ? [{ kind: 'wedding' as const, date: wedding }] : []),
    ]),
    related_to: mapOf('r', spouse ? [{ text: spouse, relation: ['spouse'] }] : []),
    links: mapOf('l', page ? [{ uri: page }] : []),
    notes: mapOf('n', notes ? [{ note: notes }] : []),
    ...(gender &&
      /^(fe)?male$/i.test(gender) && { gender: { sex: /^f/i.test(gender) ? ('F' as const) : ('M' as const) } }),
  }
}

const addressOf = (row: CsvRow, kind: string): Address => ({
  ...named(
    'street',
    [row.get(`${kind} Street`), row.get(`${kind} Street 2`), row.get(`${kind} Street 3`)].filter(Boolean).join('\n'),
  ),
  ...{ ...named('locality', row.get(`${kind} City`)), ...named('region', row.get(`${kind} State`)) },
  ...{ ...named('postcode', row.get(`${kind} Postal Code`)), ...named('po_box', row.get(`${kind} Address PO Box`)) },
  ...named('country', row.get(`${kind} Country/Region`) ?? row.get(`${kind} Country`)),
})
