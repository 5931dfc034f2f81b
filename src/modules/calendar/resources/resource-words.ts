/** Small letters without accents. */
const folded = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()

/** What a resource is found by. */
export const searchOf = (texts: readonly string[]): string => texts.map(folded).join('\n')

/** The words of a query: each must stand somewhere in what is searched. */
export const wordsOf = (query: string): string[] => folded(query).split(/\s+/).filter(Boolean).slice(0, 8)

/** The part of an address before its domain that a name makes; `fallback` for one without a letter or digit. */
export function localPartOf(name: string, fallback: string): string {
  const plain = folded(name)
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 50)
    .replace(/^-+|-+$/g, '')
  return plain || fallback
}

/** The domain of addresses made here: that of the installation, or one that never gets mail (RFC 2606 §2). */
export function domainOfResources(publicUrl: string): string {
  const { hostname } = new URL(publicUrl)
  const isName = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z][a-z0-9-]+$/i.test(hostname)
  return isName ? hostname.toLowerCase() : 'resources.invalid'
}
