import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

export type InvitationIds = { ownerId: string; invitationId: string }

export type InvitationCodes = ReturnType<typeof createInvitationCodes>

const signatureBytes = 16

/**
 * The codes of links for guests: which invitation it is, and a signature, so that a made-up code is refused without a
 * look into the database. Whether an invitation still holds is the database's word. A change of the secret ends all
 * links.
 */
export function createInvitationCodes(secret: string) {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'ulti meet invitation', 32))
  const sign = (ids: Buffer) => createHmac('sha256', key).update(ids).digest().subarray(0, signatureBytes)
  return {
    encode({ ownerId, invitationId }: InvitationIds): string {
      const ids = Buffer.concat([bytesOf(ownerId), bytesOf(invitationId)])
      return Buffer.concat([ids, sign(ids)]).toString('base64url')
    },
    /** Undefined for a code that is not ours. */
    decode(code: string): InvitationIds | undefined {
      const bytes = Buffer.from(code, 'base64url')
      if (bytes.length !== 32 + signatureBytes || bytes.toString('base64url') !== code) return undefined
      const ids = bytes.subarray(0, 32)
      if (!timingSafeEqual(bytes.subarray(32), sign(ids))) return undefined
      return { ownerId: uuidOf(ids.subarray(0, 16)), invitationId: uuidOf(ids.subarray(16)) }
    },
  }
}

const bytesOf = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex')

const uuidOf = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
