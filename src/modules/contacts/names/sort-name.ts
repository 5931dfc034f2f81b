import type { Card } from '../card/card.ts'

/** By what a contact is sorted: the surname first, as it is spoken where it is written in signs. */
export function sortName({ name, kind }: Card): string {
  if (name.sort_as) return name.sort_as.replaceAll(',', ' ')
  if (kind !== 'individual') return name.full
  const surname = name.phonetic?.surname ?? [name.surname, name.surname2].filter(Boolean).join(' ')
  const given = name.phonetic?.given ?? [name.given, name.given2].filter(Boolean).join(' ')
  return [surname, given].filter(Boolean).join(' ') || name.full
}

/**
 * Languages whose alphabets have an order of their own (CLDR). All others sort as Unicode's root does, for which there
 * is an index.
 */
const tailored = new Set(
  'ar az be bg bs ca cs cy da es et fi fil fo gl haw hr hu is ja kk ko ky lt lv mk mt nb nn no pl ro ru sk sl sq sr sv th tr uk vi zh'.split(
    ' ',
  ),
)

/** PostgreSQL's name of the collation of somebody's language. */
export function collationOf(locale: string | null): string {
  const [language = ''] = (locale ?? '').toLowerCase().split(/[-_]/)
  return tailored.has(language) ? `${language === 'no' ? 'nb' : language}-x-icu` : rootCollation
}

export const rootCollation = 'und-x-icu'
