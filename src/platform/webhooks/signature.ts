import { createHmac, randomBytes } from 'node:crypto'

const prefix = 'whsec_'

/** A new secret in the form of Standard Webhooks: `whsec_` and 32 random bytes in base64. */
export const newSecret = (): string => prefix + randomBytes(32).toString('base64')

/** Whether `secret` is `whsec_` and 24 to 64 bytes in base64, as Standard Webhooks asks of a shared secret. */
export function isSecret(secret: string): boolean {
  if (!secret.startsWith(prefix)) return false
  const key = Buffer.from(secret.slice(prefix.length), 'base64')
  return key.length >= 24 && key.length <= 64 && key.toString('base64') === secret.slice(prefix.length)
}

export type Signed = { id: string; timestamp: number; body: string }

/**
 * The headers of Standard Webhooks 1.0: each secret signs `id.timestamp.body` by HMAC-SHA256, so that a receiver
 * verifies with the old or the new one while they are rotated. A secret without `whsec_` is its own key.
 * @param timestamp seconds since the epoch.
 */
export function signatureHeaders({ id, timestamp, body }: Signed, secrets: readonly string[]): Record<string, string> {
  const content = `${id}.${timestamp}.${body}`
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', keyOf(secret)).update(content).digest('base64')}`,
  )
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  }
}

const keyOf = (secret: string): Buffer =>
  secret.startsWith(prefix) ? Buffer.from(secret.slice(prefix.length), 'base64') : Buffer.from(secret)
