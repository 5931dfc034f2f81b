import type { MessagePart } from '../sync/body-parts.ts'
import type { Security } from './view-wire.ts'

const smimeData = new Set(['application/pkcs7-mime', 'application/x-pkcs7-mime'])
const smimeSignature = new Set(['application/pkcs7-signature', 'application/x-pkcs7-signature'])

/**
 * How a message is signed or encrypted, by its parts (RFC 8551, RFC 3156) or by the armour in its text. Its reader
 * checks and opens it: the parts come untouched as attachments, and the whole, over which a signature is made, as raw.
 */
export function securityOf(parts: readonly MessagePart[], text: string | null): Security | null {
  const of = (...types: string[]) => parts.filter((part) => types.includes(part.type))
  const ids = (found: readonly MessagePart[]) => found.map(({ part }) => part)
  const enveloped = parts.filter(
    (part) => smimeData.has(part.type) || (part.filename ?? '').toLowerCase() === 'smime.p7m',
  )
  if (enveloped.length > 0) return { kind: 'smime', form: smimeForm(enveloped), parts: ids(enveloped) }
  const signatures = parts.filter((part) => smimeSignature.has(part.type))
  if (signatures.length > 0) return { kind: 'smime', form: 'signed', parts: ids(signatures) }
  const control = of('application/pgp-encrypted')
  if (control.length > 0) {
    const data = parts.filter((part) => part.type === 'application/octet-stream' && isBeside(part, control[0]))
    return { kind: 'pgp', form: 'encrypted', parts: ids([...control, ...data]) }
  }
  const pgpSignatures = of('application/pgp-signature')
  if (pgpSignatures.length > 0) return { kind: 'pgp', form: 'signed', parts: ids(pgpSignatures) }
  const [, armour] = /^-----BEGIN PGP (SIGNED MESSAGE|MESSAGE)-----\s*$/m.exec(text ?? '') ?? []
  if (armour === undefined) return null
  return { kind: 'pgp', form: armour === 'MESSAGE' ? 'encrypted' : 'signed', parts: [] }
}

/** `smime-type` (RFC 8551 §3.2.2) tells what is inside; without it most are encrypted. */
function smimeForm([part]: readonly MessagePart[]): Security['form'] {
  if (part?.smime === 'signed-data') return 'signed'
  if (part?.smime === 'certs-only' || /\.p7c$/i.test(part?.filename ?? '')) return 'certificates'
  return 'encrypted'
}

/** Within the same multipart. */
const isBeside = (part: MessagePart, other: MessagePart | undefined): boolean =>
  other !== undefined && parentOf(part) === parentOf(other)
const parentOf = ({ part }: MessagePart) => part.slice(0, Math.max(0, part.lastIndexOf('.')))
