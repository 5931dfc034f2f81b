import { domainToASCII } from 'node:url'

/** An address fit for an SMTP envelope: its domain in ASCII (RFC 5890). */
export type EnvelopeAddress = {
  email: string
  /** The local part is beyond ASCII: only servers with SMTPUTF8 (RFC 6531) take it. */
  requiresSmtpUtf8: boolean
}

// RFC 5322 §3.2.3 dot-atom, with the letters of RFC 6532. Quoted local parts are refused: nobody has one.
const dotAtom = /^[\w!#$%&'*+/=?^`{|}~\p{L}\p{M}\p{N}-]+(\.[\w!#$%&'*+/=?^`{|}~\p{L}\p{M}\p{N}-]+)*$/u
// What domainToASCII may be given: it would take the host out of half a URL. Ideographic full stops are dots (RFC 3490).
const domainText = /^[\p{L}\p{M}\p{N}.\u3002\uff0e\uff61-]+$/u
const domainName = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/
// RFC 5321 §4.5.3.1, in octets.
const maxLocalPart = 64
const maxAddress = 254

/** Undefined for what cannot be put between `RCPT TO:<` and `>` unchanged. */
export function parseAddress(text: string): EnvelopeAddress | undefined {
  const at = text.lastIndexOf('@')
  const local = text.slice(0, at).normalize('NFC')
  const domain = asciiDomain(text.slice(at + 1))
  if (at < 1 || !dotAtom.test(local) || !domainName.test(domain)) return undefined
  const email = `${local}@${domain}`
  if (Buffer.byteLength(local) > maxLocalPart || Buffer.byteLength(email) > maxAddress) return undefined
  return { email, requiresSmtpUtf8: isBeyondAscii(local) }
}

const asciiDomain = (text: string): string => (domainText.test(text) ? domainToASCII(text) : '')

export const isBeyondAscii = (text: string): boolean => /[^\0-\x7f]/.test(text)
