import { fieldOf, type HeaderField } from './header-fields.ts'

/** Ways to be taken off a mailing list (RFC 2369 §3.2, RFC 8058). */
export type ListUnsubscribe = {
  /** Where a POST takes off, without anything more to do. */
  oneClick: string | undefined
  mailto: Mailto | undefined
  /** A page for people. */
  url: string | undefined
}

export type Mailto = { to: string; subject: string; body: string }

const maxAddresses = 10
const maxLength = 2000

/** Undefined for a message that offers no way. */
export function listUnsubscribeOf(fields: readonly HeaderField[]): ListUnsubscribe | undefined {
  const value = fieldOf(fields, 'list-unsubscribe') ?? ''
  const addresses = [...value.matchAll(/<([^<>]{1,4000})>/g)]
    .slice(0, maxAddresses)
    .map(([, address = '']) => address.replace(/\s+/g, ''))
    .filter((address) => address.length <= maxLength)
  const urls = addresses.filter(isWebAddress)
  const url = urls.find((one) => /^https:/i.test(one)) ?? urls[0]
  // RFC 8058 §3.1: only this value, and only to an https address.
  const isOneClick = /^\s*List-Unsubscribe=One-Click\s*$/i.test(fieldOf(fields, 'list-unsubscribe-post') ?? '')
  const oneClick = isOneClick && url !== undefined && /^https:/i.test(url) ? url : undefined
  const mailto = addresses.map(mailtoOf).find((one) => one !== undefined)
  return url === undefined && mailto === undefined ? undefined : { oneClick, mailto, url }
}

const isWebAddress = (address: string): boolean => /^https?:\/\//i.test(address) && URL.canParse(address)

const oneLine = (text: string) => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()

/** RFC 6068, of which a subject and a body are believed: nobody else may say whom else a message goes to. */
function mailtoOf(address: string): Mailto | undefined {
  if (!/^mailto:/i.test(address)) return undefined
  const [path = '', query = ''] = address.slice('mailto:'.length).split('?')
  const to = decoded(path)
  if (!/^[^\s<>,;:"\\()[\]@]{1,64}@[^\s<>,;:"\\()[\]@]{1,253}$/.test(to)) return undefined
  const parameters = new Map(
    query
      .split('&')
      .map((pair) => pair.split('='))
      .map(([name = '', ...value]) => [name.toLowerCase(), decoded(value.join('='))]),
  )
  return {
    to,
    subject: oneLine(parameters.get('subject') ?? '').slice(0, 500) || 'unsubscribe',
    body: (parameters.get('body') ?? '').slice(0, maxLength) || 'unsubscribe',
  }
}

/** A `+` is itself in a mailto address. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text).toWellFormed().replaceAll('\0', '')
  } catch {
    return text
  }
}
