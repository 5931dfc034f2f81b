import { compile } from 'html-to-text'
import { cleanText, truncate } from './clean-text.ts'

/** HTML beyond this is not read for search: converting costs about a millisecond for each 10,000 characters. */
const maxHtmlLength = 200_000

const convertHtml = compile({
  wordwrap: false,
  limits: { maxDepth: 200, maxChildNodes: 5000, ellipsis: '' },
  selectors: [
    { selector: 'a', options: { ignoreHref: true } },
    { selector: 'img', format: 'skip' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
})

/** The words that a person would read: the plain text where there is any, else what the HTML shows. Never throws. */
export function readableText(text: string | null, html: string | null): string {
  if (text?.trim()) return text
  return html ? htmlToText(html) : ''
}

function htmlToText(html: string): string {
  const bounded = truncate(html, maxHtmlLength)
  try {
    return cleanText(convertHtml(bounded))
  } catch {
    // Nested beyond the parser's stack. No `<` inside the brackets keeps this linear.
    return bounded.replace(/<[^<>]*>/g, ' ')
  }
}
