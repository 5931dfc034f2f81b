import { AppError } from '#platform/errors.ts'
import { checked } from './anniversary-codec.ts'
import type { Card, CardDraft, CardMaps } from './card.ts'
import { mapMembers } from './codecs.ts'
import { fullNameOf } from './name.ts'
import { isId } from './read-card.ts'

/** Sets, whose order means nothing. */
const sets = new Set(['contexts', 'features', 'relation'])
/** What may hold line breaks and spaces at its ends. */
const verbatim = new Set(['note', 'value'])

/**
 * A card as it is read back from the vCard that is made of it: texts trimmed, what is empty left out, the full name made
 * up where there is none.
 * @throws AppError `invalid_request_body` for a contact without any name, or an anniversary on a day that there is not.
 */
export function cardOf(draft: CardDraft, uid: string): Card {
  const clean = withoutVoid((cleaned(draft, '') ?? {}) as CardDraft)
  const full = fullNameOf(clean)
  if (full === '') throw invalid('body.name', 'must be given, or an organization, an address or a number instead')
  checkMaps(clean)
  const card: Card = {
    ...clean,
    uid: clean.uid ?? uid,
    kind: clean.kind?.toLowerCase() ?? 'individual',
    name: { ...clean.name, full },
  }
  return card
}

/** RFC 7396: null takes away. A full name that is not given anew follows the parts of the name that are. */
export function patched(card: Card, patch: object): CardDraft {
  const name = 'name' in patch ? patch.name : undefined
  const isRenamed = typeof name === 'object' && name !== null && !('full' in name)
  const merged = mergePatch(card, patch) as CardDraft
  if (!isRenamed || !merged.name) return merged
  const { full: _, ...parts } = merged.name
  return { ...merged, name: parts }
}

function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = mergePatch(merged[key], value)
  }
  return merged
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Undefined for what is empty. */
function cleaned(value: unknown, key: string): unknown {
  if (typeof value === 'string') return cleanText(value, key)
  if (Array.isArray(value)) {
    const items = [...new Set(value.map((item) => cleaned(item, key)).filter((item) => item !== undefined))]
    if (items.length === 0) return undefined
    return sets.has(key) ? items.sort() : items
  }
  if (!isObject(value)) return value ?? undefined
  const members = Object.entries(value).flatMap(([name, member]) => {
    const clean = cleaned(member, name)
    return clean === undefined ? [] : [[name, clean]]
  })
  return members.length === 0 ? undefined : Object.fromEntries(members)
}

function cleanText(text: string, key: string): string | undefined {
  // What no content line can hold.
  const plain = text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\t\n]/gu, '')
  const clean = verbatim.has(key) ? plain : plain.trim()
  return clean.trim() === '' ? undefined : clean
}

const asides = ['contexts', 'pref', 'label', 'relation', 'service']
/** What an entry says nothing without; any member that is no aside, for the others. */
const essentials: Partial<Record<keyof CardMaps, readonly string[]>> = {
  ...{ emails: ['address'], phones: ['number'], links: ['uri'], titles: ['name'], notes: ['note'] },
  ...{ preferred_languages: ['language'], pronouns: ['pronouns'], custom_fields: ['label', 'value'] },
}

/** Forms send rows that nobody filled in: they fall away. */
function withoutVoid(card: CardDraft): CardDraft {
  const kept = mapMembers.flatMap((member) => {
    const entries = Object.entries(card[member] ?? {}).filter(([, entry]) => {
      const needed = essentials[member]
      return needed ? needed.every((key) => key in entry) : Object.keys(entry).some((key) => !asides.includes(key))
    })
    return entries.length > 0 ? [[member, Object.fromEntries(entries)] as const] : []
  })
  const rest = Object.entries(card).filter(([name]) => !mapMembers.includes(name as keyof CardMaps))
  return Object.fromEntries([...rest, ...kept])
}

function checkMaps(card: CardDraft): void {
  for (const member of mapMembers) {
    for (const id of Object.keys(card[member] ?? {})) {
      if (!isId(id))
        throw invalid(`body.${member}.${id.slice(0, 50)}`, 'must be an id of at most 40 letters, digits, - and _')
    }
  }
  for (const [id, { date = {} }] of Object.entries(card.anniversaries ?? {})) {
    const isDated =
      Object.keys(date).length > 0 && !(date.year !== undefined && date.day !== undefined && date.month === undefined)
    if (!isDated || !checked(date))
      throw invalid(`body.anniversaries.${id}.date`, 'must be a day, a month or a year that there is')
  }
}

const invalid = (path: string, message: string) =>
  new AppError('invalid', 'invalid_request_body', `The contact is not complete: ${path} ${message}.`, {
    details: [{ path, message }],
  })
