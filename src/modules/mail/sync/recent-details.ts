import type { ImapFlow } from 'imapflow'
import { uidSet } from '#integrations/imap/imap-mailbox.ts'
import { calendarPartOf } from '../view/calendar-part.ts'
import { viewedHeaders } from '../view/header-fields.ts'
import { detailsOfHeader } from '../view/message-details.ts'
import { isTnef } from '../view/tnef.ts'
import { detailStore } from '../view/view-store.ts'
import type { AccountContext } from './account-context.ts'
import type { Folder } from './folder-store.ts'
import { recentDetailStore } from './recent-detail-store.ts'

/** What arrives is looked at soon; of older mail a view fetches these when it is opened. */
const newest = 50

/**
 * Fetches what a view shows beyond the body of the newest messages in INBOX, so that their first view needs no server.
 * Those with an invitation or a winmail.dat, of which more has to be fetched, are left to their view.
 */
export async function fetchRecentDetails(account: AccountContext, client: ImapFlow, inbox: Folder | undefined) {
  const { key, database, commit } = account
  if (!inbox || !client.mailbox || client.mailbox.path !== inbox.path) return
  if (Number(client.mailbox.uidValidity) !== inbox.uidvalidity) return
  const bare = await recentDetailStore.wanted(database, key, inbox, newest)
  const wanted = new Map(
    bare.filter(({ parts }) => !calendarPartOf(parts) && !parts.some(isTnef)).map((one) => [one.uid, one.id]),
  )
  if (wanted.size === 0) return
  const found: { id: string; details: ReturnType<typeof detailsOfHeader> }[] = []
  const query = { uid: true, headers: [...viewedHeaders] }
  for await (const { uid, headers } of client.fetch(uidSet([...wanted.keys()]), query, { uid: true })) {
    const id = wanted.get(uid)
    if (id !== undefined) found.push({ id, details: detailsOfHeader(headers ?? Buffer.alloc(0)) })
  }
  if (found.length > 0) await commit((tx) => detailStore.keepAll(tx, key.ownerId, found))
}
