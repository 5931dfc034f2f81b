import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { parse } from 'uuid'

/**
 * A personal access token: `ulti_pat_`, 64 characters of base64url (the owner's id and 256 random bits), and their
 * CRC-32 in hex. Scanners for leaked secrets find it by
 * `ulti_pat_[A-Za-z0-9_-]{64}[0-9a-f]{8}` and tell it from look-alikes by the checksum.
 */
const form = /^ulti_pat_([A-Za-z0-9_-]{64})([0-9a-f]{8})$/

export const personalTokenPrefix = 'ulti_pat_'

export function createPersonalToken(ownerId: string): string {
  const body = Buffer.concat([parse(ownerId), randomBytes(32)]).toString('base64url')
  return `${personalTokenPrefix}${body}${checksumOf(body)}`
}

/** Whose token it says it is and the hash by which it is found; undefined when it was not made here. */
export function readPersonalToken(token: string): { ownerId: string; hash: Buffer } | undefined {
  const [, body, checksum] = form.exec(token) ?? []
  if (!body || checksumOf(body) !== checksum) return undefined
  const bytes = Buffer.from(body, 'base64url')
  return { ownerId: uuidOf(bytes.subarray(0, 16)), hash: hashOfToken(token) }
}

/** 256 random bits need no slow hash: nobody guesses them. */
export const hashOfToken = (token: string): Buffer => createHash('sha256').update(token).digest()

/** Any sixteen bytes, valid version or not: PostgreSQL takes them and finds nobody. */
export const uuidOf = (bytes: Uint8Array): string => {
  const hex = Buffer.from(bytes).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

const checksumOf = (body: string): string => crc32(body).toString(16).padStart(8, '0')
