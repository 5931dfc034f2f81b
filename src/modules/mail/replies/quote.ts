import type { Bodies } from '../drafts/signature.ts'
import { textOfHtml } from '../outbox/text-of-html.ts'
import { htmlOfText } from '../templates/template-variables.ts'
import { attributionOf, forwardedHeader, type Quoted, type Writer } from './attribution.ts'

const quoteStyle = 'margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex'
/** A quote that would make a draft too large is a text in its HTML as well. */
const maxHtmlLength = 900_000

/** The answered message below a line that says whose it is; its HTML is harmless already. */
export function quoteForReply(quoted: Quoted, body: Bodies, writer: Writer): Bodies {
  const attribution = attributionOf(quoted, writer)
  const text = textOf(body)
  return {
    text: `${attribution}\n\n${text.split('\n').map(quotedLine).join('\n')}\n`,
    html:
      `<div class="ulti-quote"><div>${htmlOfText(attribution)}</div>` +
      `<blockquote type="cite" style="${quoteStyle}">${htmlOf(body, text)}</blockquote></div>`,
  }
}

/** The forwarded message below what its header said, as it was. */
export function quoteForForward(quoted: Quoted, body: Bodies, writer: Writer): Bodies {
  const { title, lines } = forwardedHeader(quoted, writer)
  const text = textOf(body)
  return {
    text: `---------- ${title} ----------\n${lines.join('\n')}\n\n${text}\n`,
    html:
      `<div class="ulti-quote"><div>---------- ${htmlOfText(title)} ----------<br>` +
      `${lines.map(htmlOfText).join('<br>')}</div><br>${htmlOf(body, text)}</div>`,
  }
}

const quotedLine = (line: string) => (line === '' || line.startsWith('>') ? `>${line}` : `> ${line}`)

function textOf({ text, html }: Bodies): string {
  const plain = text?.trim() ? text : html === null ? '' : textOfHtml(html)
  return plain.replaceAll(/\r\n?/g, '\n').trimEnd()
}

const htmlOf = ({ html }: Bodies, text: string): string =>
  html === null || html.length > maxHtmlLength ? `<div>${htmlOfText(text)}</div>` : html
