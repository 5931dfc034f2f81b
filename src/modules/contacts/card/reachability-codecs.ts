import { paramOf, property, type VcardProperty, withParam } from '#integrations/vcard/vcard.ts'
import { escapeText, readComponent, readComponents, unescapeText } from '#integrations/vcard/vcard-text.ts'
import type { Address, PhoneFeature } from './card.ts'
import { codec } from './codec.ts'
import { readPlacing, typesOf, writePlacing } from './placing.ts'

const labelled = (label: string | undefined) => (label === undefined ? {} : { label })
const labelOf = ({ label }: { label?: string }) => label

export const emails = codec<'emails'>({
  ...{ member: 'emails', letter: 'e', names: ['EMAIL'], labelOf },
  read(one, label) {
    const address = unescapeText(one.value)
      .trim()
      .replace(/^mailto:/i, '')
    return address === '' ? undefined : { address, ...readPlacing(one), ...labelled(label) }
  },
  write: (entry, from, version) =>
    writePlacing({ ...(from ?? property('EMAIL', '')), value: escapeText(entry.address) }, entry, version),
})

const featureOf: Readonly<Record<string, PhoneFeature>> = {
  ...{ cell: 'mobile', voice: 'voice', text: 'text', video: 'video', main: 'main-number' },
  ...{ textphone: 'textphone', fax: 'fax', pager: 'pager' },
}
const typeOfFeature = new Map(Object.entries(featureOf).map(([type, feature]) => [feature, type]))

export const phones = codec<'phones'>({
  ...{ member: 'phones', letter: 'p', names: ['TEL'], labelOf },
  read(one, label) {
    const number = unescapeText(one.value).trim().replace(/^tel:/i, '')
    if (number === '') return undefined
    const features = [...new Set(typesOf(one).flatMap((type) => featureOf[type] ?? []))].sort()
    return { number, ...readPlacing(one), ...(features.length > 0 && { features }), ...labelled(label) }
  },
  write(entry, from, version) {
    const types = (entry.features ?? []).flatMap((feature) => typeOfFeature.get(feature) ?? [])
    // A changed number is a text: what people type is seldom a URI.
    const bare = withParam({ ...(from ?? property('TEL', '')), value: escapeText(entry.number) }, 'VALUE', [])
    return writePlacing(bare, entry, version, { known: Object.keys(featureOf), types })
  },
})

/** In the order in which they stand in ADR. */
const parts = ['po_box', 'extended', 'street', 'locality', 'region', 'postcode', 'country'] as const
const extras = [
  ['country_code', 'CC'],
  ['coordinates', 'GEO'],
  ['time_zone', 'TZ'],
  ['full', 'LABEL'],
] as const

export const addresses = codec<'addresses'>({
  ...{ member: 'addresses', letter: 'a', names: ['ADR'], labelOf },
  read(one, label) {
    const components = readComponents(one.value)
    const read: Partial<Record<(typeof parts)[number] | (typeof extras)[number][0], string>> = {}
    parts.forEach((part, at) => {
      const text = readComponent(components[at], ', ')
      if (text !== '') read[part] = text
    })
    for (const [member, param] of extras) {
      const text = paramOf(one, param)?.replaceAll('\\n', '\n')
      if (text) read[member] = text
    }
    return Object.keys(read).length === 0 ? undefined : { ...read, ...readPlacing(one), ...labelled(label) }
  },
  write(entry, from, version) {
    const before = from ?? property('ADR', '')
    const value = addressValue(entry, before)
    const written = extras.reduce<VcardProperty>((one, [member, param]) => {
      const text = entry[member]?.replaceAll('\n', '\\n')
      return withParam(one, param, text === undefined ? [] : [text])
    }, before)
    return writePlacing({ ...written, value }, entry, version)
  },
})

/** RFC 9554 has more components behind these: they and unchanged lists stay as they are. */
function addressValue(entry: Address, before: VcardProperty): string {
  const components = readComponents(before.value)
  const written = parts.map((part, at) => {
    const text = entry[part] ?? ''
    return readComponent(components[at], ', ') === text ? (components[at] ?? '') : escapeText(text)
  })
  return [...written, ...components.slice(parts.length)].join(';')
}

export const links = codec<'links'>({
  ...{ member: 'links', letter: 'l', names: ['URL'], labelOf },
  read(one, label) {
    const uri = unescapeText(one.value).trim()
    return uri === '' ? undefined : { uri, ...readPlacing(one), ...labelled(label) }
  },
  // A URI is no text: nothing of it is escaped, and what would end the line is not in one.
  write: (entry, from, version) =>
    writePlacing({ ...(from ?? property('URL', '')), value: uriValue(entry.uri) }, entry, version),
})

/** A backslash, which no URI holds, would be taken for an escape. */
export const uriValue = (uri: string): string => uri.replaceAll('\\', '%5C')
