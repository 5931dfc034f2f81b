/** A block of text from the source: indentation and the outer line breaks go, the lines stay as written. */
export function prose(strings: TemplateStringsArray, ...values: string[]): string {
  const lines = String.raw({ raw: strings }, ...values).split('\n')
  const indents = lines.filter((line) => line.trim()).map((line) => line.search(/\S/))
  const margin = Math.min(...indents)
  return lines
    .map((line) => line.slice(margin).trimEnd())
    .join('\n')
    .trim()
}

/** Breaks lines at spaces so that none is longer than `width` characters. */
export function wrap(text: string, width = 74): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, width))
    .join('\n')
}

export function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}

/** Paragraphs of HTML from plain text: an empty line parts them, a short line keeps its break. */
export function paragraphs(text: string, style = ''): string {
  const attribute = style ? ` style="${style}"` : ''
  return text
    .split(/\n\n+/)
    .map((block) => `<p${attribute}>${escapeHtml(block).replace(/^(.{0,54})\n/gm, '$1<br>\n')}</p>`)
    .join('\n')
}

function wrapLine(line: string, width: number): string {
  let wrapped = ''
  let column = 0
  for (const word of line.split(' ')) {
    const isFirst = wrapped === ''
    const fits = column + word.length + 1 <= width
    wrapped += isFirst ? word : fits ? ` ${word}` : `\n${word}`
    column = isFirst || !fits ? word.length : column + word.length + 1
  }
  return wrapped
}
