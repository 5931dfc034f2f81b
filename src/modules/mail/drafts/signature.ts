import { htmlOfText } from '../templates/template-variables.ts'

export type Bodies = { text: string | null; html: string | null }
export type Signature = { signature_text: string; signature_html: string }

/** A message that begins with a signature and nothing else; with nothing at all where there is none. */
export function beginWithSignature(signature: Signature): Bodies {
  if (isEmpty(signature)) return { text: null, html: null }
  return { text: `\n${underText(signature)}`, html: `${emptyLine}${blockOf(signature)}` }
}

/** The signature at the end of a text, below the line that mail programs know it by (RFC 3676 §4.3). */
export function endWithSignature({ text, html }: Bodies, signature: Signature): Bodies {
  if (isEmpty(signature)) return { text, html }
  return {
    text: text === null ? null : `${text.trimEnd()}\n${underText(signature)}`,
    html: html === null ? null : `${html}${emptyLine}${blockOf(signature)}`,
  }
}

/**
 * An empty line to write at, the signature, and the quote. Without the line that begins signatures: what comes after
 * that counts as part of the signature, and programs leave it out of their quotes.
 */
export function signAboveQuote(quote: Bodies, signature: Signature): Bodies {
  const signed = isEmpty(signature) ? '' : `\n${signature.signature_text}\n`
  return {
    text: quote.text === null ? null : `\n${signed}\n${quote.text}`,
    html: quote.html === null ? null : `${emptyLine}${blockOf(signature)}${emptyLine}${quote.html}`,
  }
}

/** Another identity's signature where the first one's stands untouched; elsewhere nothing is changed. */
export function exchangeSignature({ text, html }: Bodies, before: Signature, after: Signature): Bodies {
  if (isEmpty(before)) return { text, html }
  return {
    text: text === null ? null : exchangeText(text, before.signature_text, after.signature_text),
    html: html === null ? null : replaceOnce(html, blockOf(before), blockOf(after)),
  }
}

function exchangeText(text: string, before: string, after: string): string {
  const under = `\n-- \n${before}`
  if (text.includes(under)) return replaceOnce(text, under, after === '' ? '' : `\n-- \n${after}`)
  return replaceOnce(text, `\n${before}\n`, after === '' ? '\n' : `\n${after}\n`)
}

/** As it is, whatever patterns of `replace` are in it. */
const replaceOnce = (text: string, before: string, after: string) => text.replace(before, () => after)

const emptyLine = '<div><br></div>'

const underText = ({ signature_text }: Signature) => `\n-- \n${signature_text}`

const blockOf = (signature: Signature): string =>
  isEmpty(signature)
    ? ''
    : `<div class="ulti-signature">${signature.signature_html || htmlOfText(signature.signature_text)}</div>`

const isEmpty = ({ signature_text, signature_html }: Signature) => signature_text === '' && signature_html === ''
