/**
 * Licences under which a package may run with ours: what is distributed with it keeps its own terms, and nothing else
 * comes under them. LGPL and MPL are among them because libvips is linked as a library and ical.js left as it is.
 */
const permitted = new Set([
  ...['MIT', 'MIT-0', 'MIT/X11', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0'],
  ...['Unlicense', 'Zlib', 'CC0-1.0', 'Python-2.0', 'MPL-2.0', 'LGPL-3.0-or-later'],
])

/** Whether an SPDX expression can be met by permitted licences alone. What is no such expression cannot. */
export function isPermissive(expression: string): boolean {
  const words = expression.match(/\(|\)|[^\s()]+/g) ?? []
  let at = 0
  // SPDX 2.3, annex D: AND binds closer than OR.
  function any(): boolean {
    let found = all()
    while (words[at] === 'OR') {
      at++
      const other = all()
      found ||= other
    }
    return found
  }
  function all(): boolean {
    let found = one()
    while (words[at] === 'AND') {
      at++
      const other = one()
      found &&= other
    }
    return found
  }
  function one(): boolean {
    const word = words[at++]
    if (word !== '(') return word !== undefined && permitted.has(word)
    const found = any()
    return words[at++] === ')' && found
  }
  return any() && at === words.length
}
