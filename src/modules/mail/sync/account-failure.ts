import { toImapError } from '#integrations/imap/imap-error.ts'
import type { MailServer } from '#integrations/mail-server/mail-server.ts'
import { AppError } from '#platform/errors.ts'
import { type AccountContext, announce } from './account-context.ts'
import { type AccountFault, accountStore } from './account-store.ts'

/** Why a sync ended, in the words that the account shows. */
export type AccountFailure = {
  fault: AccountFault
  /** Told by the server that throttles. */
  retryAfterSeconds: number | undefined
  /** No use to try again before its owner signs in anew: a token that its provider had just made was refused. */
  needsOwner: boolean
}

/** An error of our own is told apart from the server's: its detail goes to the log, not to the owner. */
export function failureOf(error: unknown, server: MailServer | undefined): AccountFailure {
  const known = error instanceof AppError ? error : server && isOfServer(error) ? toImapError(error, server) : undefined
  if (known) {
    const { code, message, retryAfterSeconds } = known
    const needsOwner = code === 'mail.authentication_failed' && server?.accessToken !== undefined
    return { fault: { code, message }, retryAfterSeconds, needsOwner }
  }
  const message = 'The mailbox could not be brought up to date; it is tried again by itself.'
  return { fault: { code: 'mail.sync_failed', message }, retryAfterSeconds: undefined, needsOwner: false }
}

/** imapflow marks what a server answered and what happened to the connection. */
function isOfServer(error: unknown): boolean {
  const { responseStatus, code } = error as { responseStatus?: unknown; code?: unknown }
  return responseStatus !== undefined || imapCodes.has(String(code))
}

const imapCodes = new Set(['NoConnection', 'EConnectionClosed', 'ETIMEOUT', 'ETHROTTLE', 'ECONNRESET', 'EPIPE'])

/**
 * Kept on the account and told once, however often it fails in the same way. That a server throttles is kept with the
 * time of the next try, so that another node waits for it too.
 */
export async function recordFailure(account: AccountContext, failure: AccountFailure, pauseMs: number): Promise<void> {
  const { ownerId, mailAccountId } = account.key
  const { fault, retryAfterSeconds } = failure
  const state = failure.needsOwner ? 'needs_reauthentication' : 'error'
  await account.commit(async (tx) => {
    if (retryAfterSeconds !== undefined) await accountStore.setThrottled(tx, ownerId, mailAccountId, pauseMs / 1000)
    if (!(await accountStore.setState(tx, ownerId, mailAccountId, state, fault))) return
    const data = { mail_account_id: mailAccountId, state, error_code: fault.code }
    await announce(account, tx, [{ type: 'mail.account_updated', data }])
  })
}
