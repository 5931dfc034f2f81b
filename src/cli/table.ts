/** Rows in columns as wide as their widest cell; the last one is not filled up. */
export function tableLines(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heads.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at]?.length ?? 0)))
  return [heads, ...rows].map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** In one line without control characters: what others wrote must not move the cursor of a terminal. */
export const oneLine = (text: string, maxLength = 200): string => {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
  return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line
}

/** UTC to the minute. */
export const shortTime = (time: Date | null): string =>
  time ? `${time.toISOString().slice(0, 16).replace('T', ' ')}Z` : 'never'
