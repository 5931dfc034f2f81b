/** Text that PostgreSQL stores and JSON carries: no NUL, no half of a surrogate pair. */
export function cleanText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}

/** The same for one line: control characters and line ends become spaces, ends are trimmed, the length is capped. */
export function cleanLine(text: string, maxLength: number): string {
  const bounded = text.length > 4 * maxLength ? text.slice(0, 4 * maxLength) : text
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
  const line = bounded.replace(/[\u0000-\u001f\u007f\s]+/g, ' ').trim()
  return line.slice(0, maxLength).toWellFormed()
}

/** At most `maxLength` UTF-16 units, never half of a character. */
export function truncate(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  const last = text.charCodeAt(maxLength - 1)
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? maxLength - 1 : maxLength)
}
