import type { VcardProperty, VcardVersion } from '#integrations/vcard/vcard.ts'
import type { CardMaps } from './card.ts'

/**
 * How one kind of property is an entry of a card and back. `write` is handed the property that the entry came from, so
 * that whatever of it nobody models stays; undefined for a new entry.
 */
export type Codec<Member extends keyof CardMaps = keyof CardMaps> = {
  member: Member
  /** Before the number in ids: `e` of `e1`. */
  letter: string
  /** Names of the properties that may be one. */
  names: readonly string[]
  /** Undefined when it is none after all: the property then stays as it is. */
  read(one: VcardProperty, label: string | undefined): CardMaps[Member][string] | undefined
  write(entry: CardMaps[Member][string], from: VcardProperty | undefined, version: VcardVersion): VcardProperty
  /** The label that the entry needs beside it. */
  labelOf?(entry: CardMaps[Member][string]): string | undefined
}

/** For the list of all: what is read by one codec is written by the same. */
export const codec = <Member extends keyof CardMaps>(one: Codec<Member>): Codec => one as unknown as Codec
