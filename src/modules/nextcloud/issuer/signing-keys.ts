import { exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import type { SigningKey } from '#integrations/nextcloud/person-tokens.ts'
import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import { sealedSigningKeys, signingKeyStore as store } from './signing-key-store.ts'

export type SigningKeys = ReturnType<typeof createSigningKeys>

const day = 86_400
/** How long a key signs. */
const rotateAfterSeconds = 30 * day
/** Nextcloud keeps published keys for an hour and asks for no unknown one before; ten minutes for everything between. */
const publishAheadSeconds = 70 * 60
const rememberedMs = 30_000

/**
 * The keys of ultid's own issuer. There is one at the first use; every month another takes over, which was published
 * more than an hour before, so that Nextcloud knows it when its first token comes. `now` gives milliseconds.
 */
export function createSigningKeys(deps: {
  database: Database
  transact: Transact
  keyRing: KeyRing
  now?: () => number
}) {
  const { database, transact, keyRing, now = Date.now } = deps
  let known: { keys: Keys; until: number } | undefined

  async function read(): Promise<Keys> {
    if (known && known.until > now()) return known.keys
    let rows = await store.list(database)
    if (rows.length === 0) {
      await transact((tx) => ensureFirst(tx))
      rows = await store.list(database)
    }
    const [first] = rows
    if (!first?.isSigning) throw new Error('No key signs.')
    const privateJwk = JSON.parse(keyRing.decrypt(first.private_jwk, sealedSigningKeys.bindingOf(first.id))) as JWK
    const privateKey = (await importJWK(privateJwk, 'RS256')) as CryptoKey
    const keys = { signing: { kid: first.id, privateKey }, published: rows.map(({ public_jwk }) => public_jwk as JWK) }
    known = { keys, until: now() + rememberedMs }
    return keys
  }

  /** The very first key signs at once: nobody has fetched another yet. The lock is kept to the end of the transaction. */
  async function ensureFirst(tx: Tx): Promise<void> {
    await store.lock(tx)
    if (!(await store.hasYoungerThan(tx, 1000 * rotateAfterSeconds))) await make(tx, { signsInSeconds: 0 })
  }

  async function make(tx: Tx, { signsInSeconds }: { signsInSeconds: number }): Promise<void> {
    const id = newId()
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
    const publicJwk = { ...(await exportJWK(publicKey)), kid: id, alg: 'RS256', use: 'sig' }
    const sealed = keyRing.encrypt(JSON.stringify(await exportJWK(privateKey)), sealedSigningKeys.bindingOf(id))
    await store.insert(tx, { id, publicJwk, privateJwk: sealed, signsInSeconds })
  }

  return {
    signingKey: async (): Promise<SigningKey> => (await read()).signing,

    /** RFC 7517 §5. */
    published: async (): Promise<{ keys: readonly JWK[] }> => ({ keys: (await read()).published }),

    /** Publishes the next key when the youngest is a month old, and takes down those that nothing signed any more. */
    rotate: (): Promise<void> =>
      transact(async (tx) => {
        await ensureFirst(tx)
        if (!(await store.hasYoungerThan(tx, rotateAfterSeconds))) {
          await make(tx, { signsInSeconds: publishAheadSeconds })
        }
        await store.removeSuperseded(tx, publishAheadSeconds)
      }),
  }
}

type Keys = { signing: SigningKey; published: readonly JWK[] }
