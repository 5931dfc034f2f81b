import { randomInt } from 'node:crypto'

/** Without letters and digits that are read as others. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789'

const random = (length: number): string => Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')

/** A name that cannot be guessed (79 bits) and can be read out over a telephone: `abcd-efgh-jkmn-pqrs`. */
export const randomName = (): string => [random(4), random(4), random(4), random(4)].join('-')

/** Behind a name that somebody else holds. */
export const randomSuffix = (): string => random(8)

/** At most; longer ones become unwieldy addresses. */
export const maxNameLength = 100

/**
 * A text as part of an address: letters without accents, digits and single hyphens, in lower case, as Jitsi wants room
 * names. Undefined when nothing is left.
 */
export function slugOf(text: string): string | undefined {
  const slug = text
    .normalize('NFKD')
    .replaceAll(/\p{Mark}+/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, maxNameLength)
    .replaceAll(/^-+|-+$/g, '')
  return slug || undefined
}
