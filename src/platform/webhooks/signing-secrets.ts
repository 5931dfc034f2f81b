import { audit } from '#platform/audit/audit.ts'
import type { Transact, Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import { type EndpointKey, endpointStore } from './endpoint-store.ts'
import { type CreatedSecret, maxSecrets } from './endpoint-wire.ts'
import { type Author, invalidSecret } from './endpoints.ts'
import { secretStore } from './secret-store.ts'
import type { Secrets } from './secrets.ts'
import { isSecret, newSecret } from './signature.ts'

/**
 * What the deliveries of a webhook are signed with. To rotate: add one, give it to the receiver, remove the old one;
 * until then both sign.
 */
export function createSigningSecrets(deps: { transact: Transact; secrets: Secrets; module: string }) {
  const { transact, secrets, module } = deps

  async function lock(tx: Tx, key: EndpointKey): Promise<void> {
    if ((await endpointStore.lock(tx, key))?.module !== module) throw notFound('webhook')
  }
  const record = (tx: Tx, { ownerId, id }: EndpointKey, author: Author, what: 'added' | 'removed', secretId: string) =>
    audit.record(tx, {
      ...{ ownerId, ...author, action: `${module}.webhook_secret_${what}`, target: id, outcome: 'success' },
      details: { secret_id: secretId },
    })

  async function insert(tx: Tx, key: EndpointKey, secret: string, author: Author): Promise<CreatedSecret> {
    await lock(tx, key)
    if ((await secretStore.sealed(tx, key)).length >= maxSecrets) throw tooMany()
    const id = newId()
    const sealed = secrets.seal(id, secret)
    await secretStore.add(tx, key, { id, sealed })
    await record(tx, key, author, 'added', id)
    return { id, created_at: new Date().toISOString(), secret: sealed }
  }

  return {
    /**
     * Answers the secret, this once; with the same idempotency key again.
     * @throws AppError `not_found`, `webhook.secret_invalid`, `webhook.too_many_secrets`, `idempotency_key_reused`
     */
    async add(key: EndpointKey, given: string | undefined, idempotencyKey: string | undefined, author: Author) {
      if (given !== undefined && !isSecret(given)) throw invalidSecret()
      const request = { ownerId: key.ownerId, scope: `webhook_secret:${key.id}`, key: idempotencyKey, body: { given } }
      const { body } = await transact((tx) =>
        once(tx, request, async () => ({ status: 201, body: await insert(tx, key, given ?? newSecret(), author) })),
      )
      // Kept sealed among the answers to idempotency keys.
      return { ...body, secret: secrets.open(body.id, body.secret) }
    },

    /**
     * Nothing is signed with it any more.
     * @throws AppError `not_found`, `webhook.secret_needed` for the last one where the deployment has none.
     */
    remove: (key: EndpointKey, secretId: string, author: Author): Promise<void> =>
      transact(async (tx) => {
        await lock(tx, key)
        if (!(await secretStore.delete(tx, key, secretId))) throw notFound('secret')
        if (!secrets.hasDefault && (await secretStore.sealed(tx, key)).length === 0) throw lastOne()
        await record(tx, key, author, 'removed', secretId)
      }),
  }
}

export type SigningSecrets = ReturnType<typeof createSigningSecrets>

const tooMany = () =>
  new AppError('conflict', 'webhook.too_many_secrets', `A webhook has ${maxSecrets} secrets at most; remove one first.`)

const lastOne = () =>
  new AppError(
    'conflict',
    'webhook.secret_needed',
    'Nothing would sign its deliveries: add another secret before you remove this one.',
  )
