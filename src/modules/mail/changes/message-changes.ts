import { onCommit, type Transact, type Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { appendMailEvents, type MailEvent } from '../events.ts'
import { summaryOf } from '../reading/message-presentation.ts'
import type { MessageStore } from '../reading/message-store.ts'
import type { MessageSummary } from '../reading/wire.ts'
import type { Wake } from '../wake.ts'
import { changeStore, type Place } from './change-store.ts'
import { type MessageToChange, mergeOps, type Wanted } from './remote-op-merging.ts'
import { type FlagChange, remoteOpStore } from './remote-op-store.ts'

/** What its owner wants a message to be; what is left out stays. */
export type MessageChange = {
  isRead?: boolean | undefined
  isStarred?: boolean | undefined
  folderId?: string | undefined
}

export type MessageChanges = ReturnType<typeof createMessageChanges>

/** What an owner does to messages: seen at once, then written to the mail server by the node that syncs the account. */
export function createMessageChanges(deps: { transact: Transact; messages: MessageStore; events: Events; wake: Wake }) {
  return {
    /**
     * Changes a message and answers it as it is now. What changes nothing writes nothing.
     * @throws AppError `not_found` for a message or folder of somebody else, `mail.folder_of_other_account`,
     *   `mail.folder_not_selectable`.
     */
    change: (ownerId: string, messageId: string, change: MessageChange): Promise<MessageSummary> =>
      deps.transact(async (tx) => {
        const places = await changeStore.lockPlaces(tx, ownerId, messageId)
        const [listed] = await deps.messages.listed(ownerId, [messageId], tx)
        const place = places.find((candidate) => candidate.shown_folder_id === listed?.folder_id)
        if (!place || !listed) throw notFound('message')
        if (change.folderId !== undefined) await requireFolder(tx, ownerId, change.folderId, place.mail_account_id)
        const now = { ...place, ...differences(place, change) }
        const happened = eventsOf(messageId, place, now)
        if (happened.length === 0) return summaryOf(listed)
        await show(tx, ownerId, messageId, place, now)
        await writeOps(tx, ownerId, toChange(messageId, place), wantedOf(place, now))
        const [changed = listed] = await deps.messages.listed(ownerId, [messageId], tx)
        onCommit(tx, () => deps.wake.account(place.mail_account_id, 'changes'))
        await appendMailEvents(deps.events, tx, ownerId, happened)
        return summaryOf(changed)
      }),
  }
}

async function requireFolder(tx: Tx, ownerId: string, folderId: string, mailAccountId: string): Promise<void> {
  const folder = await changeStore.findFolder(tx, ownerId, folderId)
  if (!folder) throw notFound('folder')
  if (folder.mail_account_id !== mailAccountId) {
    throw new AppError(
      'unprocessable',
      'mail.folder_of_other_account',
      'That folder belongs to another of your mail accounts; choose a folder of the account that has the message.',
    )
  }
  if (folder.is_selectable) return
  throw new AppError(
    'unprocessable',
    'mail.folder_not_selectable',
    'That folder only holds other folders and no messages; choose another one.',
  )
}

const differences = (place: Place, { isRead, isStarred, folderId }: MessageChange) => ({
  is_read: isRead ?? place.is_read,
  is_starred: isStarred ?? place.is_starred,
  shown_folder_id: folderId ?? place.shown_folder_id,
})

async function show(tx: Tx, ownerId: string, messageId: string, before: Place, now: Place): Promise<void> {
  const { is_read, is_starred } = now
  if (before.is_read !== is_read || before.is_starred !== is_starred) {
    await changeStore.setFlags(tx, ownerId, messageId, { is_read, is_starred })
  }
  if (before.shown_folder_id !== now.shown_folder_id) {
    await changeStore.showIn(tx, ownerId, before, now.shown_folder_id)
  }
}

const toChange = (messageId: string, place: Place): MessageToChange => ({
  messageId,
  mailAccountId: place.mail_account_id,
  serverFolderId: place.folder_id,
})

function wantedOf(before: Place, now: Place): Wanted {
  const flags: FlagChange = { add: [], remove: [] }
  if (before.is_read !== now.is_read) (now.is_read ? flags.add : flags.remove).push('\\Seen')
  if (before.is_starred !== now.is_starred) (now.is_starred ? flags.add : flags.remove).push('\\Flagged')
  return { flags, folderId: before.shown_folder_id === now.shown_folder_id ? undefined : now.shown_folder_id }
}

async function writeOps(tx: Tx, ownerId: string, message: MessageToChange, wanted: Wanted): Promise<void> {
  const open = await remoteOpStore.lockOpenOf(tx, ownerId, [message.messageId])
  const { replace, remove, insert } = mergeOps(message, wanted, open)
  for (const { id, change } of replace) await remoteOpStore.replace(tx, ownerId, id, change)
  await remoteOpStore.done(tx, ownerId, remove)
  await remoteOpStore.insert(tx, ownerId, insert)
}

function eventsOf(messageId: string, before: Place, now: Place): MailEvent[] {
  const message = { mail_account_id: before.mail_account_id, message_id: messageId }
  const happened: MailEvent[] = []
  if (before.is_read !== now.is_read || before.is_starred !== now.is_starred) {
    const { is_read, is_starred } = now
    happened.push({ type: 'mail.message_updated', data: { ...message, is_read, is_starred } })
  }
  if (before.shown_folder_id !== now.shown_folder_id) {
    const data = { ...message, from_folder_id: before.shown_folder_id, folder_id: now.shown_folder_id }
    happened.push({ type: 'mail.message_moved', data })
  }
  return happened
}
