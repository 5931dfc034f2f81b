import { anniversaries } from './anniversary-codec.ts'
import type { CardMaps } from './card.ts'
import type { Codec } from './codec.ts'
import { customFields, languages, notes, organizations, pronouns, relations, titles } from './identity-codecs.ts'
import { onlineServices } from './online-codec.ts'
import { addresses, emails, links, phones } from './reachability-codecs.ts'

/** Every member of a card that is a map of entries. What none of them reads survives as the property that it is. */
export const codecs: readonly Codec[] = [
  ...[emails, phones, addresses, onlineServices, links, organizations, titles],
  ...[anniversaries, notes, languages, pronouns, relations, customFields],
]

export const codecByProperty: ReadonlyMap<string, Codec> = new Map(
  codecs.flatMap((codec) => codec.names.map((name) => [name, codec] as const)),
)

export const mapMembers = codecs.map(({ member }) => member) as readonly (keyof CardMaps)[]
