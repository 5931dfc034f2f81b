import { firstOf, paramOf, property, type Vcard, type VcardProperty, withParam } from '#integrations/vcard/vcard.ts'
import { escapeText, readComponent, readComponents, unescapeText } from '#integrations/vcard/vcard-text.ts'
import type { Card, CardDraft, Name } from './card.ts'

/** In the order in which they stand in N; RFC 9554 §2.2 adds the last two. */
const parts = ['surname', 'given', 'given2', 'title', 'credential', 'surname2', 'generation'] as const
const glue: Readonly<Record<string, string>> = { credential: ', ' }
const phonetics = [
  ['given', 'X-PHONETIC-FIRST-NAME'],
  ['given2', 'X-PHONETIC-MIDDLE-NAME'],
  ['surname', 'X-PHONETIC-LAST-NAME'],
] as const

export function readName(vcard: Vcard): Name {
  const n = firstOf(vcard, 'N')
  const components = readComponents(n?.value ?? '')
  const read: Partial<Name> = {}
  parts.forEach((part, at) => {
    const text = readComponent(components[at], glue[part] ?? ' ')
    if (text !== '') read[part] = text
  })
  const spoken = phonetics.flatMap(([part, name]) => {
    const text = unescapeText(firstOf(vcard, name)?.value ?? '').trim()
    return text === '' ? [] : [[part, text] as const]
  })
  const sortAs = n && paramOf(n, 'SORT-AS')
  return {
    full: unescapeText(firstOf(vcard, 'FN')?.value ?? '').trim(),
    ...read,
    ...(spoken.length > 0 && { phonetic: Object.fromEntries(spoken) }),
    ...(sortAs && { sort_as: sortAs }),
  }
}

/** The properties of a name as they are to be; those that are as they were are left alone. */
export function writeName(properties: readonly VcardProperty[], before: Name, name: Name): VcardProperty[] {
  let written = [...properties]
  if (before.full !== name.full) written = replaced(written, 'FN', escapeText(name.full))
  const isSame = parts.every((part) => before[part] === name[part]) && before.sort_as === name.sort_as
  if (!isSame) written = withN(written, name)
  for (const [part, propertyName] of phonetics) {
    if (before.phonetic?.[part] === name.phonetic?.[part]) continue
    const text = name.phonetic?.[part]
    written = replaced(written, propertyName, text === undefined ? undefined : escapeText(text))
  }
  return written
}

function withN(properties: readonly VcardProperty[], name: Name): VcardProperty[] {
  const before = properties.find((one) => one.name === 'N') ?? property('N', '')
  const components = readComponents(before.value)
  const written = parts.map((part, at) => {
    const text = name[part] ?? ''
    return readComponent(components[at], glue[part] ?? ' ') === text ? (components[at] ?? '') : escapeText(text)
  })
  // vCard 3 has five of them.
  const used = Math.max(5, written.findLastIndex((one) => one !== '') + 1)
  const value = [...written.slice(0, used), ...components.slice(parts.length)].join(';')
  const one = withParam({ ...before, value }, 'SORT-AS', name.sort_as === undefined ? [] : [name.sort_as])
  return replacedWhole(properties, 'N', one)
}

/** The first property of that name with another value, made when it is not there; undefined takes it away. */
export function replaced(
  properties: readonly VcardProperty[],
  name: string,
  value: string | undefined,
): VcardProperty[] {
  const before = properties.find((one) => one.name === name) ?? property(name, '')
  return replacedWhole(properties, name, value === undefined ? undefined : { ...before, value })
}

function replacedWhole(
  properties: readonly VcardProperty[],
  name: string,
  one: VcardProperty | undefined,
): VcardProperty[] {
  const at = properties.findIndex((other) => other.name === name)
  if (at < 0) return one ? [...properties, one] : [...properties]
  return one ? properties.with(at, one) : properties.toSpliced(at, 1)
}

/** What somebody is called when nobody said: by the parts of the name, else by what there is. */
export function fullNameOf(card: CardDraft | Card): string {
  const { name = {} } = card
  const { title, given, given2, surname, surname2, generation, credential } = name
  const spoken = [title, given, given2, surname, surname2, generation].filter(Boolean).join(' ')
  if (name.full?.trim()) return name.full.trim()
  if (spoken) return credential ? `${spoken}, ${credential}` : spoken
  const [organization] = Object.values(card.organizations ?? {})
  const [email] = Object.values(card.emails ?? {})
  const [phone] = Object.values(card.phones ?? {})
  return organization?.name || card.nicknames?.[0] || email?.address || phone?.number || ''
}
