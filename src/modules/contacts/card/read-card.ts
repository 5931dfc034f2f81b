import { firstOf, paramOf, propertiesOf, type Vcard } from '#integrations/vcard/vcard.ts'
import { readComponents, readList, unescapeText } from '#integrations/vcard/vcard-text.ts'
import type { Card, CardMaps, Gender } from './card.ts'
import { codecByProperty } from './codecs.ts'
import { labelsOf } from './labels.ts'
import { fullNameOf, readName } from './name.ts'

/** Where an entry came from: its place among the properties of the vCard. */
export type Sources = ReadonlyMap<string, number>

export const sourceKey = (member: keyof CardMaps, id: string): string => `${member}/${id}`

/** A vCard as a card. `uid` is what a card without one is called. */
export function readCard(vcard: Vcard, uid = ''): Card {
  return readWithSources(vcard, uid).card
}

export function readWithSources(vcard: Vcard, uid = ''): { card: Card; sources: Sources } {
  const { maps, sources } = readMaps(vcard)
  const card: Card = {
    uid: unescapeText(firstOf(vcard, 'UID')?.value ?? '').trim() || uid,
    kind: kindOf(vcard),
    name: readName(vcard),
    ...withoutEmpty({
      nicknames: listOf(vcard, 'NICKNAME'),
      categories: listOf(vcard, 'CATEGORIES'),
      members: membersOf(vcard),
    }),
    ...scalarsOf(vcard),
    ...maps,
  }
  return { card: { ...card, name: { ...card.name, full: fullNameOf(card) } }, sources }
}

/** RFC 6350 §6.1.4; Apple's groups have a property of their own in vCard 3. */
const kindOf = (vcard: Vcard): string =>
  (firstOf(vcard, 'KIND') ?? firstOf(vcard, 'X-ADDRESSBOOKSERVER-KIND'))?.value.trim().toLowerCase() || 'individual'

const listOf = (vcard: Vcard, name: string): string[] => [
  ...new Set(propertiesOf(vcard, name).flatMap(({ value }) => readList(value))),
]

const membersOf = (vcard: Vcard): string[] => [
  ...new Set(
    [...propertiesOf(vcard, 'MEMBER'), ...propertiesOf(vcard, 'X-ADDRESSBOOKSERVER-MEMBER')].map(({ value }) =>
      unescapeText(value)
        .trim()
        .replace(/^urn:uuid:/i, ''),
    ),
  ),
]

function scalarsOf(vcard: Vcard): Pick<Card, 'language' | 'gender' | 'grammatical_gender'> {
  const language = firstOf(vcard, 'LANGUAGE')?.value.trim()
  const grammatical = firstOf(vcard, 'GRAMGENDER')?.value.trim().toLowerCase()
  const gender = genderOf(firstOf(vcard, 'GENDER')?.value)
  return {
    ...(language && { language }),
    ...(gender && { gender }),
    ...(grammatical && { grammatical_gender: grammatical }),
  }
}

function genderOf(value = ''): Gender | undefined {
  const [letter = '', text = ''] = readComponents(value).map((component) => unescapeText(component).trim())
  const sex = /^[MFONU]$/i.test(letter) ? (letter.toUpperCase() as Gender['sex']) : undefined
  return sex || text ? { ...(sex && { sex }), ...(text && { identity: text }) } : undefined
}

function withoutEmpty<T extends Record<string, readonly string[]>>(lists: T): Partial<T> {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)) as Partial<T>
}

/** Entries in the order of their properties. An id is PROP-ID (RFC 9554 §4.6), else a letter and the place. */
function readMaps(vcard: Vcard): { maps: Partial<CardMaps>; sources: Sources } {
  const labels = labelsOf(vcard.properties)
  const maps: Record<string, Record<string, unknown>> = {}
  const sources = new Map<string, number>()
  const counts = new Map<string, number>()
  const taken = takenIds(vcard)
  vcard.properties.forEach((one, at) => {
    const codec = codecByProperty.get(one.name)
    const entry = codec?.read(one, one.group === undefined ? undefined : labels.get(one.group))
    if (!codec || !entry) return
    const entries = maps[codec.member] ?? {}
    maps[codec.member] = entries
    const count = (counts.get(codec.member) ?? 0) + 1
    counts.set(codec.member, count)
    const own = paramOf(one, 'PROP-ID')
    const isTaken = (id: string) => id in entries || taken.has(sourceKey(codec.member, id))
    const id = own && isId(own) && !(own in entries) ? own : freeId(codec.letter, count, isTaken)
    entries[id] = entry
    sources.set(sourceKey(codec.member, id), at)
  })
  return { maps: maps as Partial<CardMaps>, sources }
}

export const isId = (text: string): boolean => /^[A-Za-z0-9_-]{1,40}$/.test(text) && text !== '__proto__'

function takenIds({ properties }: Vcard): Set<string> {
  const ids = properties.flatMap((one) => {
    const codec = codecByProperty.get(one.name)
    const id = paramOf(one, 'PROP-ID')
    return codec && id ? [sourceKey(codec.member, id)] : []
  })
  return new Set(ids)
}

function freeId(letter: string, from: number, isTaken: (id: string) => boolean): string {
  let number = from
  while (isTaken(`${letter}${number}`)) number++
  return `${letter}${number}`
}
