import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'

/** Encrypts what must be kept but never read at rest. */
export type KeyRing = {
  /** `binding` is the id of the row that will hold the answer: moved to another row, it no longer opens. */
  encrypt(plaintext: string, binding: string): string
  /** @throws Error when the key is gone, the binding differs or a byte was changed. */
  decrypt(ciphertext: string, binding: string): string
  keyIdOf(ciphertext: string): string
  /** The same for the same text, purpose and active key. `purpose` keeps signatures of one use from serving another. */
  sign(text: string, purpose: string): string
  isSigned(text: string, purpose: string, signature: string): boolean
}

/**
 * AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. Wire form: `v1.<key id>.<nonce>.<ciphertext and tag>`, the
 * last two in base64url; the binding is associated data.
 */
export function createKeyRing(keys: ReadonlyMap<string, Buffer>, activeKeyId: string): KeyRing {
  const keyOf = (id: string) => {
    const key = keys.get(id)
    if (!key) throw new Error(`The credential key "${id}" is not in MAIL_CREDENTIAL_KEYS; put it back.`)
    return key
  }
  return {
    encrypt(plaintext, binding) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', keyOf(activeKeyId), nonce).setAAD(Buffer.from(binding))
      const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `v1.${activeKeyId}.${nonce.toString('base64url')}.${sealed.toString('base64url')}`
    },
    decrypt(ciphertext, binding) {
      const [keyId, nonce, sealed] = split(ciphertext)
      const decipher = createDecipheriv('aes-256-gcm', keyOf(keyId), nonce, { authTagLength: 16 })
        .setAAD(Buffer.from(binding))
        .setAuthTag(sealed.subarray(-16))
      return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]).toString('utf8')
    },
    keyIdOf: (ciphertext) => split(ciphertext)[0],
    sign: (text, purpose) => `${activeKeyId}.${macOf(keyOf(activeKeyId), text, purpose).toString('base64url')}`,
    isSigned(text, purpose, signature) {
      const dot = signature.lastIndexOf('.')
      const key = keys.get(signature.slice(0, Math.max(0, dot)))
      const mac = Buffer.from(signature.slice(dot + 1), 'base64url')
      return key !== undefined && mac.length === macBytes && timingSafeEqual(mac, macOf(key, text, purpose))
    },
  }
}

const macBytes = 32

/** HMAC-SHA-256 under a key of its own, derived for the purpose (RFC 5869): the same key never seals and signs. */
const macOf = (key: Buffer, text: string, purpose: string): Buffer =>
  createHmac('sha256', Buffer.from(hkdfSync('sha256', key, '', `ulti signature: ${purpose}`, macBytes)))
    .update(text)
    .digest()

function split(ciphertext: string): [keyId: string, nonce: Buffer, sealed: Buffer] {
  const [version, keyId, nonce, sealed, ...rest] = ciphertext.split('.')
  if (version !== 'v1' || !keyId || rest.length > 0) throw noCiphertext()
  return [keyId, bytesOf(nonce), bytesOf(sealed)]
}

/** Strict, unlike Buffer.from, which skips what is no base64url: one plaintext must not have several ciphertexts. */
function bytesOf(text: string | undefined): Buffer {
  const bytes = Buffer.from(text ?? '', 'base64url')
  if (bytes.length === 0 || bytes.toString('base64url') !== text) throw noCiphertext()
  return bytes
}

const noCiphertext = () => new Error('This is no ciphertext of the key ring.')
