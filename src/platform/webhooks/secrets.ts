import type { Database } from '#platform/database/database.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import type { EndpointKey } from './endpoint-store.ts'
import { secretBinding, secretStore } from './secret-store.ts'

export type Secrets = {
  seal(id: string, secret: string): string
  open(id: string, sealed: string): string
  /** What an endpoint's deliveries are signed with now, newest first: its own, or else the deployment's. */
  of(key: EndpointKey): Promise<string[]>
  /** Whether an endpoint without a secret of its own is signed for. */
  readonly hasDefault: boolean
}

export function createSecrets(deps: {
  database: Database
  keyRing: KeyRing
  sharedSecret: string | undefined
}): Secrets {
  const { database, keyRing, sharedSecret } = deps
  const open = (id: string, sealed: string) => keyRing.decrypt(sealed, secretBinding(id))
  return {
    seal: (id, secret) => keyRing.encrypt(secret, secretBinding(id)),
    open,
    async of(key) {
      const own = await secretStore.sealed(database, key)
      if (own.length > 0) return own.map(({ id, secret }) => open(id, secret))
      // An unsigned delivery must not be: the endpoint was made while there was a default.
      if (sharedSecret === undefined) throw new Error('MAIL_WEBHOOK_SHARED_SECRET is gone; set it again.')
      return [sharedSecret]
    },
    hasDefault: sharedSecret !== undefined,
  }
}
