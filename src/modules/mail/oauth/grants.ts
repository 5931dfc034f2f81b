import type { LastingTokens, OAuthClient, OAuthProvider } from '#integrations/mail-oauth/oauth-client.ts'
import { type Database, onCommit, type Transact, type Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import type { SealedColumn } from '#platform/secrets/sealed-columns.ts'
import { tellUpdated } from '../accounts/account-changes.ts'
import { accountControlStore } from '../accounts/account-control-store.ts'
import { createGate } from '../sync/gate.ts'
import type { Wake } from '../wake.ts'
import { type GrantRow, grantStore as store } from './grant-store.ts'
import { oauthAccountStore } from './oauth-account-store.ts'

export type GrantDeps = {
  database: Database
  transact: Transact
  events: Events
  wake: Pick<Wake, 'account'>
  keyRing: KeyRing
  oauth: OAuthClient
  providers: ReadonlyMap<string, OAuthProvider>
}

export type Grants = ReturnType<typeof createGrants>

/** A refresh holds a database connection while the provider thinks. */
const refreshesAtOnce = 3

/** What binds a sealed token to its row and use. */
const bindingOf = (mailAccountId: string, use: 'refresh' | 'access') => `${mailAccountId}:oauth-${use}`

export const sealedGrantColumns: readonly SealedColumn[] = (['refresh', 'access'] as const).map((use) => ({
  table: 'mail_oauth_grant',
  column: `${use}_token`,
  idColumn: 'mail_account_id',
  bindingOf: (mailAccountId) => bindingOf(mailAccountId, use),
}))

/**
 * The access tokens of accounts. However many ask, on however many nodes, a grant is refreshed by one of them: the row
 * is locked meanwhile, and who waited finds the new token there. A grant that the provider refuses is over: its account
 * waits for its person, and the provider is not asked again.
 */
export function createGrants(deps: GrantDeps) {
  const { database, keyRing, providers } = deps
  const gate = createGate(refreshesAtOnce)
  const refreshing = new Map<string, Promise<string>>()

  const open = (row: GrantRow, mailAccountId: string, use: 'refresh' | 'access') =>
    keyRing.decrypt(row[`${use}Token`], bindingOf(mailAccountId, use))

  async function put(tx: Tx, ownerId: string, mailAccountId: string, tokens: LastingTokens) {
    await store.put(tx, ownerId, mailAccountId, {
      refreshToken: keyRing.encrypt(tokens.refreshToken, bindingOf(mailAccountId, 'refresh')),
      accessToken: keyRing.encrypt(tokens.accessToken, bindingOf(mailAccountId, 'access')),
      expiresInSeconds: tokens.expiresInSeconds,
    })
  }

  /** Undefined when the grant is over. Should the transaction run twice, the provider is asked twice: no harm. */
  async function refreshLocked(
    tx: Tx,
    ownerId: string,
    mailAccountId: string,
    unwanted: string | undefined,
  ): Promise<string | undefined> {
    const row = await store.lock(tx, ownerId, mailAccountId)
    if (!row) throw notFound('mail account')
    if (row.isRefused) return undefined
    const current = open(row, mailAccountId, 'access')
    if (row.isFresh && current !== unwanted) return current
    const refreshToken = open(row, mailAccountId, 'refresh')
    const answer = await deps.oauth.refresh(providerOf(providers, row.provider), refreshToken)
    if (answer === 'refused') return void (await store.markRefused(tx, ownerId, mailAccountId))
    await put(tx, ownerId, mailAccountId, { ...answer, refreshToken: answer.refreshToken ?? refreshToken })
    return answer.accessToken
  }

  async function refresh(ownerId: string, mailAccountId: string, unwanted: string | undefined): Promise<string> {
    const token = await gate(() => deps.transact((tx) => refreshLocked(tx, ownerId, mailAccountId, unwanted)))
    if (token !== undefined) return token
    await endAccess(deps, ownerId, mailAccountId)
    throw needsReauthentication()
  }

  /** Callers on one node share one refresh. */
  function refreshOnce(ownerId: string, mailAccountId: string, unwanted?: string): Promise<string> {
    const key = `${mailAccountId} ${unwanted ?? ''}`
    const known = refreshing.get(key)
    if (known) return known
    const work = refresh(ownerId, mailAccountId, unwanted).finally(() => refreshing.delete(key))
    refreshing.set(key, work)
    return work
  }

  return {
    put,

    /**
     * A token that is good for another minute at least.
     * @throws AppError `not_found`, `mail.needs_reauthentication`, `mail.oauth_unavailable`
     */
    async accessTokenOf(ownerId: string, mailAccountId: string): Promise<string> {
      const row = await store.find(database, ownerId, mailAccountId)
      if (!row) throw notFound('mail account')
      if (row.isRefused && row.isTold) throw needsReauthentication()
      const isGood = row.isFresh && !row.isRefused
      return isGood ? open(row, mailAccountId, 'access') : refreshOnce(ownerId, mailAccountId)
    },

    /**
     * Another token than `unwanted`, which a mail server refused.
     * @throws AppError as above.
     */
    renew: (ownerId: string, mailAccountId: string, unwanted: string): Promise<string> =>
      refreshOnce(ownerId, mailAccountId, unwanted),
  }
}

/** Takes the account away from the node that syncs it and tells its owner; nothing when they signed in anew meanwhile. */
async function endAccess(deps: GrantDeps, ownerId: string, mailAccountId: string): Promise<void> {
  const { code, message } = needsReauthentication()
  await deps.transact(async (tx) => {
    await accountControlStore.fence(tx, ownerId, mailAccountId)
    const row = await oauthAccountStore.setNeedsReauthentication(tx, ownerId, mailAccountId, { code, message })
    onCommit(tx, () => deps.wake.account(mailAccountId, 'credentials'))
    if (row) await tellUpdated(deps, tx, ownerId, row)
  })
}

/** @throws AppError `mail.oauth_unavailable` for one that was taken out of the configuration. */
function providerOf(providers: ReadonlyMap<string, OAuthProvider>, name: string): OAuthProvider {
  const provider = providers.get(name)
  if (provider) return provider
  const message = `The provider ${name} is not set up here any more; ask your administrator to put it back.`
  throw new AppError('unprocessable', 'mail.oauth_unavailable', message)
}

const needsReauthentication = () =>
  new AppError(
    'unprocessable',
    'mail.needs_reauthentication',
    'The provider no longer gives access to this mailbox; sign in there again.',
  )
