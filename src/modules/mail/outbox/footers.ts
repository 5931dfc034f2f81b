import { htmlOfText } from '../templates/template-variables.ts'
import type { Composition } from './composition.ts'
import { textOfHtml } from './text-of-html.ts'

/** What an organisation has put below messages of its people. */
export type Footer = {
  /** Whether it is for messages to everybody, or for those that stay within the organisation, or leave it. */
  recipients: 'all' | 'internal' | 'external'
  text: string
  /** Made of `text` when empty. */
  html: string
}

/** Those that are its sender's, in order, and the domains that are within; each stands for those below it too. */
export type Footers = { items: readonly Footer[]; internalDomains: readonly string[] }

/**
 * The composition as it leaves. A footer that stands in it already, in what it quotes above all, is not put there again:
 * a conversation has it once. `{{name}}` and `{{email}}` are the sender's. Answers of machines go as they are.
 */
export function withFooters(composition: Composition, { items, internalDomains }: Footers): Composition {
  if (composition.headers?.['Auto-Submitted'] !== undefined) return composition
  const isExternal = !everybody(composition).every((email) => isWithin(email, internalDomains))
  const kind = isExternal ? 'external' : 'internal'
  const fitting = items.filter(({ recipients }) => recipients === 'all' || recipients === kind)
  return fitting.reduce(append, composition)
}

function append(composition: Composition, footer: Footer): Composition {
  const { text, html, from } = composition
  const footerText = filled(footer.text, from, (value) => value).trim()
  const footerHtml = filled(footer.html || htmlOfText(footer.text), from, htmlOfText)
  const said = plain(`${text ?? ''}\n${html === undefined ? '' : textOfHtml(html)}`)
  if (footerText === '' || said.includes(plain(footerText))) return composition
  return {
    ...composition,
    ...((text !== undefined || html === undefined) && { text: `${(text ?? '').trimEnd()}\n\n${footerText}\n` }),
    ...(html !== undefined && { html: atEnd(html, `<div class="ulti-footer"><br>${footerHtml}</div>`) }),
  }
}

const filled = (text: string, { name, email }: Composition['from'], encode: (value: string) => string): string =>
  text.replaceAll('{{name}}', () => encode(name || email)).replaceAll('{{email}}', () => encode(email))

/** Without quotation marks and line ends, which differ between what was sent and what is quoted of it. */
const plain = (text: string): string =>
  text
    .replaceAll(/^[> ]+/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim()

/** Within a page, before its end. */
function atEnd(html: string, block: string): string {
  const end = /<\/body\s*>(?:\s*<\/html\s*>)?\s*$/i.exec(html)
  return end ? `${html.slice(0, end.index)}${block}${html.slice(end.index)}` : `${html}${block}`
}

const everybody = ({ to, cc, bcc }: Composition): string[] => [...to, ...cc, ...bcc].map(({ email }) => email)

const isWithin = (email: string, domains: readonly string[]): boolean => {
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase()
  return domains.some((one) => domain === one.toLowerCase() || domain.endsWith(`.${one.toLowerCase()}`))
}
