import type { createLoginFlow, Granted } from '#integrations/nextcloud/login-flow.ts'
import { basicAuthorization, type NextcloudClient } from '#integrations/nextcloud/nextcloud-client.ts'
import { uidTaken } from '#integrations/nextcloud/provisioning.ts'
import { audit, type RequestOrigin } from '#platform/audit/audit.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import { accountStore, sealedAppPasswords } from '../accounts/account-store.ts'
import { loginStore, sealedPollTokens } from './login-store.ts'

/** How long Nextcloud waits for the person. */
const lifetimeSeconds = 20 * 60

export type LoginState = { state: 'ready' | 'sign_in_required'; uid: string | null }

export type Logins = ReturnType<typeof createLogins>

/** The app passwords by which ultid acts at Nextcloud for people, where it is no issuer to it. */
export function createLogins(deps: {
  database: Database
  transact: Transact
  keyRing: KeyRing
  log: Logger
  client: Pick<NextcloudClient, 'person'> & { loginFlow: ReturnType<typeof createLoginFlow> }
  forget: (ownerId: string) => void
}) {
  const { database, transact, keyRing, log, client, forget } = deps

  async function stateOf(ownerId: string): Promise<LoginState> {
    const row = await accountStore.find(database, ownerId)
    return { state: row?.appPassword ? 'ready' : 'sign_in_required', uid: row?.uid ?? null }
  }

  const personOf = (user: string, password: string) =>
    client.person(user, async () => basicAuthorization(user, password))

  /** Makes the password useless; one that is left behind at Nextcloud can be seen and removed there. */
  async function giveBack(user: string, password: string): Promise<void> {
    try {
      await personOf(user, password).ocs.call('DELETE', '/core/apppassword')
    } catch (error) {
      log.warn({ err: error }, 'an app password of Nextcloud could not be given back')
    }
  }

  async function keep(ownerId: string, { loginName, appPassword }: Granted, origin: RequestOrigin): Promise<void> {
    // A login name may be an address; paths bear the uid.
    const { data } = await personOf(loginName, appPassword).ocs.call<{ id?: unknown }>('GET', '/cloud/user')
    const uid = String(data.id)
    const isKept = await transact(async (tx) => {
      await accountStore.claim(tx, ownerId, uid)
      if ((await accountStore.uidOf(tx, ownerId))?.uid !== uid) return false
      await accountStore.setAppPassword(
        tx,
        ownerId,
        keyRing.encrypt(appPassword, sealedAppPasswords.bindingOf(ownerId)),
      )
      await audit.record(tx, {
        ...{ ownerId, actorId: ownerId, action: 'account.nextcloud_granted', target: uid },
        ...{ outcome: 'success', origin },
      })
      return true
    })
    if (isKept) return forget(ownerId)
    await giveBack(loginName, appPassword)
    throw uidTaken(uid)
  }

  return {
    state: stateOf,

    /** Begins a sign-in at Nextcloud; an earlier one of the same person is forgotten. */
    async start(ownerId: string): Promise<{ loginUrl: string; expiresAt: Date }> {
      const { loginUrl, pollToken } = await client.loginFlow.start()
      const sealed = keyRing.encrypt(pollToken, sealedPollTokens.bindingOf(ownerId))
      return {
        loginUrl,
        expiresAt: await loginStore.replace(database, ownerId, { pollToken: sealed, lifetimeSeconds }),
      }
    },

    /**
     * Asks whether the person has signed in there meanwhile, and keeps what they granted.
     * @throws AppError `not_found` when nothing was begun, `nextcloud.uid_taken` when another person here uses that
     * account, or this person another one.
     */
    async poll(ownerId: string, origin: RequestOrigin): Promise<LoginState> {
      const login = await loginStore.find(database, ownerId)
      if (!login) throw notFound('sign-in')
      const granted = await client.loginFlow.poll(keyRing.decrypt(login.pollToken, sealedPollTokens.bindingOf(ownerId)))
      if (!granted) return { ...(await stateOf(ownerId)), state: 'sign_in_required' }
      await loginStore.remove(database, ownerId)
      await keep(ownerId, granted, origin)
      return stateOf(ownerId)
    },

    /** Gives the app password back. The person stays tied to that account of Nextcloud. */
    async revoke(ownerId: string, origin: RequestOrigin): Promise<void> {
      const row = await accountStore.find(database, ownerId)
      if (!row?.uid || !row.appPassword) throw notFound('grant')
      const { uid } = row
      const password = keyRing.decrypt(row.appPassword, sealedAppPasswords.bindingOf(ownerId))
      await transact(async (tx) => {
        await accountStore.setAppPassword(tx, ownerId, null)
        await audit.record(tx, {
          ...{ ownerId, actorId: ownerId, action: 'account.nextcloud_revoked', target: uid },
          ...{ outcome: 'success', origin },
        })
      })
      forget(ownerId)
      await giveBack(uid, password)
    },

    removeExpired: (): Promise<void> => loginStore.removeExpired(database),
  }
}

/** Where ultid is an issuer, there is nothing to grant. */
export const signInNotNeeded = () =>
  new AppError(
    'conflict',
    'nextcloud.sign_in_not_needed',
    'Ulti signs you in to Nextcloud by itself; there is nothing to grant.',
  )
