import type { ImapFlow } from 'imapflow'
import { type MailboxSnapshot, selectMailbox } from '#integrations/imap/imap-mailbox.ts'
import { type AccountContext, announce } from './account-context.ts'
import { type Cursor, type Folder, folderStore } from './folder-store.ts'

/** The folder has another UIDVALIDITY at every SELECT. */
export class UnstableEpoch extends Error {}

/** The cursor of a folder of which nothing is stored: all that is there now is to be found, what comes later arrives. */
const firstCursor = (snapshot: MailboxSnapshot): Cursor => ({
  uidvalidity: snapshot.uidValidity,
  uidnext: snapshot.uidNext,
  highestmodseq: snapshot.highestModseq,
  backfillLow: snapshot.uidNext,
  serverMailboxId: snapshot.mailboxId,
  keepsKeywords: snapshot.keepsKeywords,
})

/** Begins a folder that is seen for the first time. */
export async function openEpoch(account: AccountContext, folder: Folder, snapshot: MailboxSnapshot): Promise<Folder> {
  const cursor = firstCursor(snapshot)
  await account.commit((tx) => folderStore.setCursor(tx, account.key, folder.id, cursor))
  return { ...folder, ...cursor }
}

/**
 * The server gave a folder a new UIDVALIDITY: all UIDs that are stored for it mean nothing now (RFC 3501 §2.3.1.1).
 * Confirmed by a second SELECT, because some servers answer a wrong one under load. Messages stay visible under their
 * old UIDs until the listing finds them again by identity; one event, and none for the messages.
 * @throws UnstableEpoch when the second answer differs from the first: nothing may be concluded from either.
 */
export async function reopenEpoch(
  account: AccountContext,
  client: ImapFlow,
  folder: Folder,
  first: MailboxSnapshot,
): Promise<{ folder: Folder; snapshot: MailboxSnapshot }> {
  // Without CLOSE in between: that would expunge what is marked \Deleted (RFC 3501 §6.4.2).
  const snapshot = await selectMailbox(client, folder.path)
  if (snapshot.uidValidity === folder.uidvalidity) return { folder, snapshot }
  if (snapshot.uidValidity !== first.uidValidity) throw new UnstableEpoch()
  const cursor = firstCursor(snapshot)
  await account.commit(async (tx) => {
    await folderStore.setCursor(tx, account.key, folder.id, cursor)
    const data = { mail_account_id: account.key.mailAccountId, folder_id: folder.id }
    await announce(account, tx, [{ type: 'mail.folder_reset', data }])
  })
  return { folder: { ...folder, ...cursor }, snapshot }
}
