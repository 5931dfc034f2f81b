import { isDeepStrictEqual } from 'node:util'
import { property, type Vcard, type VcardProperty, withParam } from '#integrations/vcard/vcard.ts'
import { escapeText } from '#integrations/vcard/vcard-text.ts'
import type { Card, CardMaps } from './card.ts'
import { codecs } from './codecs.ts'
import { withLabel } from './labels.ts'
import { replaced, writeName } from './name.ts'
import { readWithSources, type Sources, sourceKey } from './read-card.ts'

type Slots = (VcardProperty | undefined)[]

/**
 * The vCard with what is different in `card`. A property that says what it said is left as it is, with whatever nobody
 * models; of a changed one the parameters that nobody models stay.
 */
export function writeCard(vcard: Vcard, card: Card): Vcard {
  const { card: before, sources } = readWithSources(vcard, card.uid)
  const entries = writeMaps(vcard, { before, card, sources })
  const named = writeName(entries, nameBefore(vcard, before), card.name)
  return { version: vcard.version, properties: writeScalars(named, before, card, vcard.version) }
}

/** A full name that was made up is not yet in the vCard. */
const nameBefore = (vcard: Vcard, { name }: Card) =>
  vcard.properties.some((one) => one.name === 'FN' && one.value.trim() !== '') ? name : { ...name, full: '' }

export const emptyVcard: Vcard = { version: '4.0', properties: [] }

type Change = { before: Card; card: Card; sources: Sources }

function writeMaps(vcard: Vcard, { before, card, sources }: Change): VcardProperty[] {
  let slots: Slots = [...vcard.properties]
  const written: { at: number; key: string; label?: { text: string | undefined } }[] = []
  for (const codec of codecs) {
    const [old, wanted] = [before[codec.member] ?? {}, card[codec.member] ?? {}] as [Entries, Entries]
    for (const id of Object.keys(old).filter((one) => !(one in wanted))) {
      slots = without(slots, sources.get(sourceKey(codec.member, id)) ?? -1)
    }
    for (const [id, entry] of Object.entries(wanted)) {
      const key = sourceKey(codec.member, id)
      const at = sources.get(key) ?? slots.length
      if (isDeepStrictEqual(old[id], entry)) written.push({ at, key })
      else {
        slots[at] = codec.write(entry as never, slots[at], vcard.version)
        written.push({ at, key, label: { text: codec.labelOf?.(entry as never) } })
      }
    }
  }
  const labelled = written.reduce((all, { at, label }) => (label ? withLabel(all, at, label.text) : all), slots)
  return withIds(labelled, new Map(written.map(({ at, key }) => [at, key])), vcard.version)
}

/** An entry whose place would give it another id than the one that it is known by says its own. */
function withIds(slots: Slots, keys: ReadonlyMap<number, string>, version: Vcard['version']): VcardProperty[] {
  const kept = slots.flatMap((one, at) => (one ? [{ one, key: keys.get(at) }] : []))
  const { sources } = readWithSources({ version, properties: kept.map(({ one }) => one) })
  const keyByPlace = new Map([...sources].map(([key, at]) => [at, key]))
  return kept.map(({ one, key }, at) =>
    key === undefined || keyByPlace.get(at) === key
      ? one
      : withParam(one, 'PROP-ID', [key.slice(key.indexOf('/') + 1)]),
  )
}

type Entries = Readonly<Record<string, CardMaps[keyof CardMaps][string]>>

/** With the last of its group the group's label goes. */
function without(slots: Slots, at: number): Slots {
  const group = slots[at]?.group
  const left = slots.with(at, undefined)
  const isUsed = left.some((one) => one?.group === group && !one?.name.startsWith('X-AB'))
  return group === undefined || isUsed ? left : left.map((one) => (one?.group === group ? undefined : one))
}

function writeScalars(
  properties: readonly VcardProperty[],
  before: Card,
  card: Card,
  version: Vcard['version'],
): VcardProperty[] {
  const list = (items: readonly string[] | undefined) => (items?.length ? items.map(escapeText).join(',') : undefined)
  let written = [...properties]
  const set = (name: string, isSame: boolean, value: string | undefined) => {
    if (isSame) return
    const rest = written.filter(
      (one, at) => one.name !== name || at === written.findIndex((other) => other.name === name),
    )
    written = replaced(rest, name, value)
  }
  set('UID', written.some(({ name }) => name === 'UID') && before.uid === card.uid, escapeText(card.uid))
  set('NICKNAME', isDeepStrictEqual(before.nicknames, card.nicknames), list(card.nicknames))
  set('CATEGORIES', isDeepStrictEqual(before.categories, card.categories), list(card.categories))
  set('LANGUAGE', before.language === card.language, card.language && escapeText(card.language))
  set(
    'GRAMGENDER',
    before.grammatical_gender === card.grammatical_gender,
    card.grammatical_gender && escapeText(card.grammatical_gender),
  )
  const { sex = '', identity = '' } = card.gender ?? {}
  const gender = identity ? `${sex};${escapeText(identity)}` : sex || undefined
  set('GENDER', isDeepStrictEqual(before.gender, card.gender), gender)
  const isOld = version === '3.0'
  set(isOld ? 'X-ADDRESSBOOKSERVER-KIND' : 'KIND', before.kind === card.kind, card.kind)
  if (!isDeepStrictEqual(before.members, card.members)) written = withMembers(written, card.members ?? [], isOld)
  return written
}

const memberNames = ['MEMBER', 'X-ADDRESSBOOKSERVER-MEMBER']

function withMembers(properties: readonly VcardProperty[], members: readonly string[], isOld: boolean) {
  const uidOf = ({ value }: VcardProperty) => value.replace(/^urn:uuid:/i, '')
  const isMember = (one: VcardProperty) => memberNames.includes(one.name)
  const kept = properties.filter((one) => !isMember(one) || members.includes(uidOf(one)))
  const there = new Set(kept.filter(isMember).map(uidOf))
  const added = members.filter((uid) => !there.has(uid))
  return [
    ...kept,
    ...added.map((uid) =>
      property(memberNames[isOld ? 1 : 0] ?? '', /^[a-z][a-z\d+.-]*:/i.test(uid) ? uid : `urn:uuid:${uid}`),
    ),
  ]
}
