import type { Queryable } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import { identityStore } from '../identities/identity-store.ts'
import type { Sender } from './rule-mail.ts'

/** Under which name and address each of an owner's accounts answers and forwards, each looked up once. */
export function createSenders(db: Queryable, ownerId: string): (mailAccountId: string) => Promise<Sender> {
  const senders = new Map<string, Promise<Sender>>()
  let addresses: Promise<Set<string>> | undefined

  async function find(mailAccountId: string): Promise<Sender> {
    const identity = await identityStore.ofAccount(db, ownerId, mailAccountId, null)
    if (!identity) throw notFound('mail account')
    addresses ??= identityStore.addresses(db, ownerId)
    const from = { name: identity.name, email: identity.email }
    return { ownerId, mailAccountId, from, ownAddresses: await addresses }
  }
  return (mailAccountId) => {
    const known = senders.get(mailAccountId) ?? find(mailAccountId)
    senders.set(mailAccountId, known)
    return known
  }
}
