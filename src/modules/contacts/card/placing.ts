import { paramOf, paramValues, type VcardProperty, type VcardVersion, withParam } from '#integrations/vcard/vcard.ts'
import type { Context } from './card.ts'

const contextOf: Readonly<Record<string, Context>> = { home: 'private', work: 'work' }
const typeOf: Readonly<Record<Context, string>> = { private: 'home', work: 'work' }

export type Placing = { contexts?: Context[]; pref?: number }

/** Where and how much something is liked, by TYPE and PREF; a list is left out when it is empty. */
export function readPlacing(one: VcardProperty): Placing {
  const types = typesOf(one)
  const contexts = [...new Set(types.flatMap((type) => contextOf[type] ?? []))].sort()
  const pref = Number(paramOf(one, 'PREF') ?? (types.includes('pref') ? 1 : Number.NaN))
  return {
    ...(contexts.length > 0 && { contexts }),
    ...(Number.isInteger(pref) && pref >= 1 && pref <= 100 && { pref }),
  }
}

/** The property with these; types that mean neither a place nor a preference, nor one of `also`, stay. */
export function writePlacing(
  one: VcardProperty,
  { contexts = [], pref }: Placing,
  version: VcardVersion,
  also: { known: readonly string[]; types: readonly string[] } = { known: [], types: [] },
): VcardProperty {
  const known = new Set(['home', 'work', 'pref', ...also.known])
  const kept = paramValues(one, 'TYPE').filter((type) => !known.has(type.toLowerCase()))
  const isFirst = pref === 1 && version === '3.0'
  const types = [...contexts.map((context) => typeOf[context]), ...also.types, ...kept, ...(isFirst ? ['pref'] : [])]
  const placed = withTypes(one, types)
  return withParam(placed, 'PREF', pref === undefined || isFirst ? [] : [String(pref)])
}

export const typesOf = (one: VcardProperty): string[] => paramValues(one, 'TYPE').map((type) => type.toLowerCase())

/** A list in one parameter would be quoted, which programs of old do not read: each has its own. */
export function withTypes(one: VcardProperty, types: readonly string[]): VcardProperty {
  const others = one.params.filter(({ name }) => name !== 'TYPE')
  return { ...one, params: [...types.map((type) => ({ name: 'TYPE', values: [type] })), ...others] }
}
