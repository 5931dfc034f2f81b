export type QuoteMark = 'block' | 'rest'

type Attributes = Readonly<Record<string, string>>

const quoteClass =
  /(?:^|\s)(?:gmail_quote\w*|yahoo_quoted|protonmail_quote|zmail_extra|moz-cite-prefix|tutanota_quote|mail_quote|OutlookMessageHeader)(?:\s|$)/i

/**
 * How a mail program marked an element as what it quotes: the element itself, or from there on everything. Gmail, Yahoo,
 * Proton, Thunderbird and Apple Mail enclose quotes; Outlook puts a header before them.
 */
export function quoteMarkOf(
  tag: string,
  { class: classes = '', id = '', type = '', style = '' }: Attributes,
): QuoteMark | undefined {
  if (/^(?:x_)*(?:divRplyFwdMsg|appendonsend|reply-intro)$/i.test(id)) return 'rest'
  // Outlook for Windows: a rule of its own blue or grey above "From: …".
  if (tag === 'div' && /border-top:\s*solid #(?:e1e1e1|b5c4df)/i.test(style)) return 'rest'
  if (tag === 'blockquote' && type.toLowerCase() === 'cite') return 'block'
  return quoteClass.test(classes) ? 'block' : undefined
}

const mark = ' data-quote="block"'
const forwarded =
  /^\W{0,20}(?:forwarded message|begin forwarded message|message transféré|weitergeleitete nachricht|mensaje reenviado|messaggio inoltrato|mensagem encaminhada|doorgestuurd bericht)/i

/** What is forwarded is what the message is about, though programs mark it like a quote: it is not to be folded. */
export function unmarkForwarded(html: string): string {
  if (!html.includes(mark)) return html
  return html
    .split(mark)
    .map((piece, at, pieces) => {
      if (at === pieces.length - 1) return piece
      const beginning = (pieces[at + 1] ?? '').slice(0, 1000)
      const words = beginning
        .slice(beginning.indexOf('>') + 1)
        .replace(/<[^<>]*>?/g, ' ')
        .trim()
      return forwarded.test(words) ? piece : piece + mark
    })
    .join('')
}

export type TextRange = { start: number; end: number }

const attribution =
  /^\s*(?:On|Le|Am|El|Il|Em|Op)\b.{5,200}\b(?:wrote|a écrit|schrieb.{0,80}|escribió|ha scritto|escreveu|schreef.{0,80})\s?:\s*$/i
const original =
  /^\s*-{3,}\s*(?:original message|message d['’]origine|ursprüngliche nachricht|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht)/i

/** Where a plain text quotes, from line start to line end: lines of `>` with the line above that says who wrote. */
export function quotedRanges(text: string): TextRange[] {
  const ranges: TextRange[] = []
  let said: number | undefined
  let open: TextRange | undefined
  const line = /[^\n]*(?:\n|$)/y
  for (let start = 0; start < text.length; start = line.lastIndex) {
    line.lastIndex = start
    const [whole = ''] = line.exec(text) ?? []
    const end = start + whole.length
    if (whole.startsWith('>')) {
      if (open) open.end = end
      else {
        open = { start: said ?? start, end }
        ranges.push(open)
      }
    } else if (whole.trim() !== '') {
      if (original.test(whole)) return [...ranges, { start, end: text.length }]
      open = undefined
      said = whole.length < 300 && attribution.test(whole) ? start : undefined
    }
    if (line.lastIndex === start) break
  }
  return ranges
}
