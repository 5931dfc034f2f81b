import { createHash } from 'node:crypto'
import { Transform, type TransformCallback } from 'node:stream'
import { AppError } from '#platform/errors.ts'

/** A digest that a client says its content has. */
export type Digest = { algorithm: 'sha256' | 'sha1' | 'md5'; hex: string }

const algorithms = { 'sha-256': 'sha256', sha256: 'sha256', sha1: 'sha1', md5: 'md5' } as const
const hexLengths = { sha256: 64, sha1: 40, md5: 32 } as const

/**
 * Passes content on while it looks at it. The last piece is held back until the digest is known: content that is not what
 * it should be never ends, so whoever takes it takes none of it.
 * @throws AppError `checksum_mismatch` as the stream's error.
 */
export function createDigestGuard({ algorithm, hex }: Digest): Transform {
  const hash = createHash(algorithm)
  let held: Buffer | undefined
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      hash.update(chunk)
      const ready = held
      held = chunk
      done(null, ready)
    },
    flush(done) {
      if (hash.digest('hex') !== hex) return done(checksumMismatch())
      done(null, held)
    },
  })
}

/** `SHA256:<hex>` as Nextcloud writes them (`OC-Checksum`). @throws AppError `invalid_request_body` */
export function parseChecksum(text: string | undefined): Digest | undefined {
  if (text === undefined) return undefined
  const [, name = '', hex = ''] = /^([a-z0-9]+):([0-9a-f]+)$/i.exec(text.trim()) ?? []
  return digestOf(name, hex.toLowerCase())
}

/** `sha-256=:<base64>:` (RFC 9530 §3). @throws AppError `invalid_request_body` */
export function parseReprDigest(text: string | undefined): Digest | undefined {
  if (text === undefined) return undefined
  const [, name = '', base64 = ''] = /^\s*([a-z0-9-]+)=:([A-Za-z0-9+/=]+):/i.exec(text) ?? []
  return digestOf(name, Buffer.from(base64, 'base64').toString('hex'))
}

function digestOf(name: string, hex: string): Digest {
  const algorithm = Object.hasOwn(algorithms, name.toLowerCase())
    ? algorithms[name.toLowerCase() as keyof typeof algorithms]
    : undefined
  if (algorithm && hex.length === hexLengths[algorithm]) return { algorithm, hex }
  throw new AppError(
    'invalid',
    'invalid_request_body',
    'The checksum is none: write "SHA256:" and 64 hexadecimal digits, or Repr-Digest: sha-256=:<base64>:.',
    { details: [{ path: 'headers', message: 'must have a checksum of SHA-256, SHA-1 or MD5' }] },
  )
}

/** As Nextcloud keeps it beside a file. */
export const checksumText = ({ algorithm, hex }: Digest): string => `${algorithm.toUpperCase()}:${hex}`

export const checksumMismatch = () =>
  new AppError(
    'unprocessable',
    'checksum_mismatch',
    'What arrived is not what the checksum says: it was damaged on its way, or changed meanwhile. Send it again.',
  )
