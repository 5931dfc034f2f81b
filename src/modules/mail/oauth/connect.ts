import type { LastingTokens } from '#integrations/mail-oauth/oauth-client.ts'
import { type Database, onCommit, type Transact, type Tx } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { newId } from '#platform/ids.ts'
import { accountExists } from '../accounts/account-beginning.ts'
import { tellUpdated } from '../accounts/account-changes.ts'
import { accountControlStore } from '../accounts/account-control-store.ts'
import type { ServerCheck } from '../accounts/server-check.ts'
import { appendMailEvents } from '../events.ts'
import type { MailPolicies } from '../policies.ts'
import { requireMailRoom } from '../storage-room.ts'
import type { Wake } from '../wake.ts'
import type { Authorization } from './authorization-store.ts'
import type { MailProvider } from './authorizations.ts'
import type { Grants } from './grants.ts'
import { type OAuthAccount, oauthAccountStore } from './oauth-account-store.ts'

export type ConnectDeps = {
  transact: Transact
  events: Events
  wake: Wake
  grants: Pick<Grants, 'put'>
  checkServers: ServerCheck
  database: Database
  policies?: MailPolicies
}

/**
 * Signs in to both servers by the token, then makes the account, or lets one that is there go on with the new grant.
 * @returns the id of the account.
 * @throws AppError `mail.account_exists`, `mail.storage_full`, `not_found`, or one of `mailServerCodes`.
 */
export type Connect = (
  ownerId: string,
  authorization: Authorization,
  provider: MailProvider,
  tokens: LastingTokens,
) => Promise<string>

export function createConnect(deps: ConnectDeps): Connect {
  const { transact, events, wake, grants, checkServers } = deps
  async function create(tx: Tx, ownerId: string, account: OAuthAccount, tokens: LastingTokens): Promise<void> {
    const { id } = account
    if (!(await oauthAccountStore.insert(tx, ownerId, account))) throw accountExists(account.email)
    await grants.put(tx, ownerId, id, tokens)
    onCommit(tx, () => wake.account(id, 'created'))
    await appendMailEvents(events, tx, ownerId, [{ type: 'mail.account_created', data: { mail_account_id: id } }])
  }

  /** What is listed stays: it is the same mailbox. */
  async function replaceLogin(tx: Tx, ownerId: string, account: OAuthAccount, tokens: LastingTokens): Promise<void> {
    const { id } = account
    await accountControlStore.fence(tx, ownerId, id)
    const row = await oauthAccountStore.setSignedIn(tx, ownerId, account)
    if (!row) throw notFound('mail account')
    await grants.put(tx, ownerId, id, tokens)
    onCommit(tx, () => wake.account(id, 'credentials'))
    await tellUpdated({ events }, tx, ownerId, row)
  }

  return async (ownerId, { email, name, mailAccountId }, provider, tokens) => {
    const imap = { ...provider.imap, username: email }
    const smtp = { ...provider.smtp, username: email }
    const { accessToken } = tokens
    await deps.policies?.requireHosts(deps.database, ownerId, [imap.host, smtp.host])
    if (mailAccountId === null) await requireMailRoom(deps.database, deps.policies, ownerId)
    await checkServers({ imap: { ...imap, accessToken }, smtp: { ...smtp, accessToken } })
    const account = { id: mailAccountId ?? newId(), email, name, provider: provider.name, imap, smtp }
    const store = mailAccountId === null ? create : replaceLogin
    await transact((tx) => store(tx, ownerId, account, tokens))
    return account.id
  }
}
