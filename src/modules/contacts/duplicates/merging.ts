import { isDeepStrictEqual } from 'node:util'
import { paramOf, paramValues, property, type Vcard, type VcardProperty, withParam } from '#integrations/vcard/vcard.ts'
import { asVersion } from '#integrations/vcard/vcard-version.ts'

/** What of a contact there is once; whose of it wins is chosen as a whole. */
export const singleFields = ['name', 'photo', 'birthday', 'gender', 'kind', 'language'] as const
export type SingleField = (typeof singleFields)[number]

const fieldOf: Readonly<Record<string, SingleField | 'own'>> = {
  ...{
    FN: 'name',
    N: 'name',
    'X-PHONETIC-FIRST-NAME': 'name',
    'X-PHONETIC-LAST-NAME': 'name',
    'X-PHONETIC-MIDDLE-NAME': 'name',
  },
  ...{ 'SORT-STRING': 'name', BDAY: 'birthday', GENDER: 'gender', GRAMGENDER: 'gender', KIND: 'kind' },
  ...{ 'X-ADDRESSBOOKSERVER-KIND': 'kind', LANGUAGE: 'language' },
  // RFC 6350 has one of each; what the card itself is called stays the kept one's.
  ...{ UID: 'own', REV: 'own', PRODID: 'own', DEATHDATE: 'own', ANNIVERSARY: 'own' },
}

/** Under this name stands what a card has once and another one's won. */
export const mergedName = (name: string): string => (name.startsWith('X-MERGED-') ? name : `X-MERGED-${name}`)

/**
 * Several vCards as one, in the version of the first, which is kept. Every property of each is in it: what a card has
 * several of side by side, once where all say the same; what it has once is the winner's, and the others' under a name
 * of their own.
 * @param wins which of the cards, by their place; the first that has it where nobody chose.
 */
export function mergeVcards(cards: readonly Vcard[], wins: Partial<Record<SingleField, number>> = {}): Vcard {
  const [kept] = cards
  if (!kept) throw new Error('There is nothing to merge.')
  const converted = cards.map((card) => asVersion(card, kept.version))
  const winner = (one: VcardProperty): number => {
    const field = fieldOf[one.name]
    const chosen = field === undefined || field === 'own' ? undefined : wins[field]
    const has = (card: Vcard | undefined) => card?.properties.some(({ name }) => name === one.name) ?? false
    if (chosen !== undefined && has(converted[chosen])) return chosen
    return converted.findIndex(has)
  }
  const merged = converted.reduce<VcardProperty[]>((all, card, at) => {
    const named = card.properties.map((one) => {
      const first = fieldOf[one.name] === undefined ? at : winner(one)
      const saysTheSame = converted[first]?.properties.some((other) => isSame(other, one))
      return first === at || saysTheSame ? one : { ...one, name: mergedName(one.name) }
    })
    return added(all, at === 0 ? named : named.map((one) => withParam(one, 'PROP-ID', [])))
  }, [])
  return { version: kept.version, properties: withPhotoFirst(merged, converted[wins.photo ?? 0]) }
}

/** Properties beside those that are there. Those of a group stay together, in a group that no other is in. */
function added(there: readonly VcardProperty[], given: readonly VcardProperty[]): VcardProperty[] {
  let all = [...there]
  const groups = new Map<string, VcardProperty[]>()
  for (const one of given) {
    if (one.group === undefined) all = withOne(all, one)
    else groups.set(one.group, [...(groups.get(one.group) ?? []), one])
  }
  for (const [group, members] of groups) {
    if (hasSameGroup(all, members)) continue
    const name = there.length === 0 ? group : freeGroup(all)
    all = [...all, ...members.map((one) => ({ ...one, group: name }))]
  }
  return all
}

function withOne(there: readonly VcardProperty[], one: VcardProperty): VcardProperty[] {
  const at = there.findIndex((other) => isSame(other, one))
  const other = there[at]
  return other ? there.with(at, joined(other, one)) : [...there, one]
}

/** They say the same, except perhaps of what kind it is and how much it is liked. */
const isSame = (one: VcardProperty, other: VcardProperty): boolean =>
  one.name === other.name &&
  one.group === undefined &&
  other.group === undefined &&
  one.value === other.value &&
  isDeepStrictEqual(bare(one).params, bare(other).params)

const bare = (one: VcardProperty) => ['TYPE', 'PREF', 'PROP-ID'].reduce((rest, name) => withParam(rest, name, []), one)

function joined(one: VcardProperty, other: VcardProperty): VcardProperty {
  const known = new Set(paramValues(one, 'TYPE').map((type) => type.toLowerCase()))
  const types = paramValues(other, 'TYPE').filter((type) => !known.has(type.toLowerCase()))
  const typed = { ...one, params: [...one.params, ...types.map((type) => ({ name: 'TYPE', values: [type] }))] }
  const prefs = [paramOf(one, 'PREF'), paramOf(other, 'PREF')].flatMap((pref) =>
    pref === undefined ? [] : [Number(pref)],
  )
  return prefs.length === 0 ? typed : withParam(typed, 'PREF', [String(Math.min(...prefs))])
}

function hasSameGroup(all: readonly VcardProperty[], members: readonly VcardProperty[]): boolean {
  const content = (some: readonly VcardProperty[]) =>
    some.map(({ name, params, value }) => JSON.stringify([name, params, value])).sort()
  const wanted = content(members)
  const groups = new Set(all.flatMap(({ group }) => group ?? []))
  return [...groups].some((group) => isDeepStrictEqual(content(all.filter((one) => one.group === group)), wanted))
}

function freeGroup(all: readonly VcardProperty[]): string {
  const taken = new Set(all.map(({ group }) => group?.toLowerCase()))
  let number = 1
  while (taken.has(`item${number}`)) number++
  return `item${number}`
}

/** Of several photos the first is shown. */
function withPhotoFirst(merged: readonly VcardProperty[], winner: Vcard | undefined): VcardProperty[] {
  const photo = winner?.properties.find(({ name }) => name === 'PHOTO')
  const at = merged.findIndex((one) => one.name === 'PHOTO' && one.value === photo?.value)
  const first = merged.findIndex(({ name }) => name === 'PHOTO')
  const [chosen, other] = [merged[at], merged[first]]
  return chosen && other ? merged.with(first, chosen).with(at, other) : [...merged]
}

/** A group with other members. */
export function withMembers(
  group: Vcard,
  { add, remove }: { add: readonly string[]; remove: readonly string[] },
): Vcard {
  const uidOf = ({ value }: VcardProperty) => value.replace(/^urn:uuid:/i, '')
  const isMember = ({ name }: VcardProperty) => name === 'MEMBER' || name === 'X-ADDRESSBOOKSERVER-MEMBER'
  const kept = group.properties.filter((one) => !(isMember(one) && remove.includes(uidOf(one))))
  const there = new Set(kept.filter(isMember).map(uidOf))
  const name = group.version === '4.0' ? 'MEMBER' : 'X-ADDRESSBOOKSERVER-MEMBER'
  const added = add.filter((uid) => !there.has(uid)).map((uid) => property(name, `urn:uuid:${uid}`))
  return { ...group, properties: [...kept, ...added] }
}
