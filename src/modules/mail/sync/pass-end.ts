import type { ImapFlow } from 'imapflow'
import { type AccountContext, announce } from './account-context.ts'
import { accountStore } from './account-store.ts'
import { pendingBodyStore } from './pending-body-store.ts'
import { dailyLimitFault } from './traffic.ts'

/** A pass ended well: the account is in step, or as far as its provider lets it be today. */
export async function markPassed(
  account: AccountContext,
  client: ImapFlow,
  { isUnfinished }: { isUnfinished: boolean },
): Promise<void> {
  const { key, traffic, database, commit } = account
  const { ownerId, mailAccountId } = key
  const isHeldBack = traffic.isSpent() && (isUnfinished || (await pendingBodyStore.count(database, key, 1)) > 0)
  const state = isHeldBack ? 'syncing' : 'synced'
  const fault = isHeldBack ? dailyLimitFault : undefined
  await commit(async (tx) => {
    await traffic.count(tx, client)
    await accountStore.setSynced(tx, ownerId, mailAccountId)
    if (!(await accountStore.setState(tx, ownerId, mailAccountId, state, fault))) return
    const data = { mail_account_id: mailAccountId, state, error_code: fault?.code ?? null }
    await announce(account, tx, [{ type: 'mail.account_updated', data }])
  })
}
