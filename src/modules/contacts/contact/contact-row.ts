import { firstOf, type Vcard } from '#integrations/vcard/vcard.ts'
import { readVcard } from '#integrations/vcard/vcard-reader.ts'
import type { Card } from '../card/card.ts'
import { readCard } from '../card/read-card.ts'
import { folded, searchText } from '../names/folding.ts'
import { e164 } from '../names/phone-numbers.ts'
import { sortName } from '../names/sort-name.ts'

/** Changes whenever the same vCard is read otherwise than before. */
export const cardShape = 2

/** What is kept of a vCard. */
export type ContactRow = {
  object: string
  uid: string
  etag: string
  kind: string
  card: Card
  full_name: string
  sort_name: string
  search: string
  emails: string[]
  phones: string[]
  folded_name: string
  categories: string[]
  members: string[]
  has_photo: boolean
  birth_month: number | null
  birth_day: number | null
}

/**
 * A vCard as a row; what is none is kept as a contact of its file's name, so that it is seen and may be deleted.
 * @param country in which numbers without a country are dialled.
 */
export function contactRow(
  { object, etag, vcard: text }: { object: string; etag: string; vcard: string },
  country: string | undefined,
): ContactRow {
  const vcard = readOrEmpty(text)
  const name = object.replace(/\.vcf$/i, '')
  const read = readCard(vcard, name)
  const card = read.name.full === '' ? { ...read, name: { ...read.name, full: name } } : read
  const emails = [...new Set(Object.values(card.emails ?? {}).map(({ address }) => address.toLowerCase()))]
  const [home] = Object.values(card.addresses ?? {}).flatMap(({ country_code }) => country_code ?? [])
  const numbers = Object.values(card.phones ?? {}).flatMap(({ number }) => e164(number, home ?? country) ?? [])
  const birth = Object.values(card.anniversaries ?? {}).find(({ kind }) => kind === 'birth')?.date
  const isDated = birth?.month !== undefined && birth.day !== undefined
  return {
    ...{ object, etag, card, uid: card.uid, kind: card.kind },
    ...{ full_name: card.name.full, sort_name: sortName(card), folded_name: folded(card.name.full) },
    search: searchText(namesOf(card), emails, [...numbers, ...typedNumbers(card)]),
    ...{ emails, phones: [...new Set(numbers)] },
    ...{ categories: card.categories ?? [], members: card.members ?? [] },
    has_photo: firstOf(vcard, 'PHOTO') !== undefined,
    ...{ birth_month: isDated ? (birth.month ?? null) : null, birth_day: isDated ? (birth.day ?? null) : null },
  }
}

function readOrEmpty(text: string): Vcard {
  try {
    return readVcard(text)
  } catch {
    return { version: '4.0', properties: [] }
  }
}

/** As they are dialled at home. */
const typedNumbers = ({ phones = {} }: Card): string[] => Object.values(phones).map(({ number }) => number)

const namesOf = (card: Card): string[] => [
  card.name.full,
  ...[card.name.phonetic?.given, card.name.phonetic?.surname].filter((one) => one !== undefined),
  ...(card.nicknames ?? []),
  ...Object.values(card.organizations ?? {}).flatMap(({ name, units = [] }) => [...(name ? [name] : []), ...units]),
]
