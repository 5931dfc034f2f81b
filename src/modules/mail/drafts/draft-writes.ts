import { buffer } from 'node:stream/consumers'
import type { ImapFlow } from 'imapflow'
import { createFolder } from '#integrations/imap/imap-folder-write.ts'
import { type MailboxSnapshot, selectMailbox } from '#integrations/imap/imap-mailbox.ts'
import { expungeMessages, findByMessageId, ImapRefusal, moveMessages } from '#integrations/imap/imap-write.ts'
import { AppError } from '#platform/errors.ts'
import type { Objects } from '#platform/objects/objects.ts'
import { identityStore } from '../identities/identity-store.ts'
import { messageIdOf } from '../outbox/compose.ts'
import { composeDraft } from '../outbox/composition-mime.ts'
import type { ConnectedAccount } from '../sync/account-context.ts'
import { type Folder, folderStore } from '../sync/folder-store.ts'
import type { Gate } from '../sync/gate.ts'
import { compositionOf, finishedRecipients } from './draft-composition.ts'
import { type CopyKey, type DraftCopy, draftCopyStore as store } from './draft-copy-store.ts'
import { type DraftRow, draftStore } from './draft-store.ts'

/** The name under which most programs know it, for servers that have no such folder yet. */
const usualName = 'Drafts'
const perRun = 100

export type DraftWriting = { account: ConnectedAccount; client: ImapFlow; objects: Objects; gate: Gate }

/**
 * Makes the Drafts folder of an account what it is to be: of each draft one copy, of the revision that is wanted. A new
 * one is taken in before the old one goes. It is recorded before the server is told, and looked for by its Message-ID
 * when a crash fell in between: copies are replaced and never pile up.
 *
 * @returns the folder that has to be synced now, because something in it changed.
 */
export async function writeDrafts(writing: DraftWriting): Promise<string | undefined> {
  const { account } = writing
  const { ownerId, mailAccountId } = account.key
  const due = await store.due(account.database, ownerId, mailAccountId, perRun)
  if (due.length === 0) return undefined
  const folders = await folderStore.list(account.database, account.key)
  const drafts = folders.find(({ role, isSelectable, isOnServer }) => role === 'drafts' && isSelectable && isOnServer)
  if (!drafts) return void (await withoutFolder(writing, due))
  const trash = folders.find(({ role, isSelectable }) => role === 'trash' && isSelectable)
  for (const copy of due) await unlessRefused(writing, copy, () => writeCopy(writing, copy, { drafts, trash }))
  return drafts.id
}

type Folders = { drafts: Folder; trash: Folder | undefined }

async function writeCopy(writing: DraftWriting, copy: DraftCopy, folders: Folders): Promise<void> {
  const { account, client, gate } = writing
  const key = keyOf(writing, copy)
  const snapshot = await selectMailbox(client, folders.drafts.path)
  const present = await settle(writing, copy, { folders, snapshot })
  const draft = copy.wanted_revision && (await draftStore.find(account.database, key.ownerId, copy.draft_id))
  if (!draft) {
    await remove(writing, present, { folders, snapshot })
    return account.commit(async (tx) => {
      await store.markRemoved(tx, key)
      if (!(await draftStore.find(tx, key.ownerId, copy.draft_id))) await store.delete(tx, key)
    })
  }
  // Its copy is what nobody has opened here yet; whoever changes it opens it first.
  if (draft.unread_message_id !== null) return
  const size = draft.attachments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  await gate(() => replace(writing, draft, { present, folders, snapshot }), 2 * size + 1_000_000)
}

type Present = Pick<DraftCopy, 'uidvalidity' | 'uid' | 'message_id_header'>
type Place = { folders: Folders; snapshot: MailboxSnapshot }

/** Finds out what became of a copy over which somebody died, and finishes that. @returns what lies there now. */
async function settle(writing: DraftWriting, copy: DraftCopy, place: Place): Promise<Present> {
  const { account, client } = writing
  const { appending_revision: revision, appending_header: header } = copy
  if (revision === null || header === null) return copy
  const key = keyOf(writing, copy)
  const uid = await findByMessageId(client, header, 1)
  if (uid === undefined) {
    await account.commit((tx) => store.forgetAppending(tx, key))
    return copy
  }
  if (uid !== copy.uid) await remove(writing, copy, place)
  const stored = { folderId: place.folders.drafts.id, uidvalidity: place.snapshot.uidValidity, uid, revision, header }
  await account.commit((tx) => store.markStored(tx, key, stored))
  return { uidvalidity: stored.uidvalidity, uid, message_id_header: header }
}

async function replace(writing: DraftWriting, draft: DraftRow, { present, ...place }: Place & { present: Present }) {
  const { account, client, objects } = writing
  const { ownerId } = account.key
  const key = { ...account.key, draftId: draft.id }
  const identity = await identityStore.ofAccount(account.database, ownerId, draft.mail_account_id, draft.identity_id)
  if (!identity) return
  const header = messageIdOf(draft.revision, identity.email)
  const composition = compositionOf(draft, identity, finishedRecipients(draft))
  const stamp = { messageId: header, date: draft.updated_at }
  const mime = await buffer((await composeDraft(objects, composition, stamp)).content)
  const { revision } = draft
  if (!(await account.commit((tx) => store.markAppending(tx, key, { revision, header })))) return
  const appended = await append(client, place.folders.drafts.path, { mime, header, date: draft.updated_at })
  const uid = { uid: appended, folderId: place.folders.drafts.id, uidvalidity: place.snapshot.uidValidity }
  await remove(writing, present, place)
  await account.commit((tx) => store.markStored(tx, key, { ...uid, revision, header }))
}

async function append(
  client: ImapFlow,
  path: string,
  { mime, header, date }: { mime: Buffer; header: string; date: Date },
): Promise<number> {
  const appended = await client.append(path, mime, ['\\Draft', '\\Seen'], date)
  if (!appended) throw new Error('The connection to the mail server was lost.')
  // Without UIDPLUS the UID is a guess by its place.
  const uid = appended.uidValidity === undefined ? undefined : appended.uid
  const found = uid ?? (await findByMessageId(client, header, 1))
  if (found === undefined) throw new ImapRefusal('show the draft that it took')
  return found
}

/** Takes a copy off the server, for good. One that is gone is gone. */
async function remove(writing: DraftWriting, present: Present, { folders, snapshot }: Place): Promise<void> {
  const { account, client } = writing
  const uid = await uidOf(client, present, snapshot)
  if (uid === undefined) return
  // With labels, what is expunged loses one of them and stays in All Mail: only from the trash it is deleted.
  if (!account.isLabelled || !folders.trash) return expungeMessages(client, [uid])
  const moved = await moveMessages(client, [uid], folders.trash.path)
  const inTrash = moved?.uids.get(uid)
  if (inTrash !== undefined) {
    await selectMailbox(client, folders.trash.path)
    await expungeMessages(client, [inTrash])
  }
  await selectMailbox(client, folders.drafts.path)
}

/** A UID counts only in its UIDVALIDITY (RFC 3501 §2.3.1.1); in another one the Message-ID tells. */
async function uidOf(client: ImapFlow, present: Present, snapshot: MailboxSnapshot): Promise<number | undefined> {
  if (present.uid === null) return undefined
  if (present.uidvalidity === snapshot.uidValidity) return present.uid
  return present.message_id_header === null ? undefined : findByMessageId(client, present.message_id_header, 1)
}

/** The next pass finds the folder that is made here. */
async function withoutFolder(writing: DraftWriting, due: readonly DraftCopy[]): Promise<void> {
  const unwanted = due.filter(({ wanted_revision }) => wanted_revision === null)
  for (const copy of unwanted) await writing.account.commit((tx) => store.markRemoved(tx, keyOf(writing, copy)))
  const [first] = due.filter(({ wanted_revision }) => wanted_revision !== null)
  if (first) await unlessRefused(writing, first, () => createFolder(writing.client, usualName).then(() => undefined))
}

/** What the server refuses is tried again, after as long as it has been refused already; what breaks ends the session. */
async function unlessRefused(writing: DraftWriting, copy: DraftCopy, work: () => Promise<void>): Promise<void> {
  const { account, client } = writing
  try {
    await work()
  } catch (error) {
    const { responseStatus, serverResponseCode } = error as { responseStatus?: string; serverResponseCode?: string }
    const isRefusal = error instanceof ImapRefusal || responseStatus === 'NO' || serverResponseCode === 'APPENDLIMIT'
    const isOurs = error instanceof AppError && error.code === 'mail.attachment_gone'
    if (!isOurs && (!isRefusal || !client.usable)) throw error
    const seconds = Math.min((account.timings.minBackoffMs / 1000) * 2 ** copy.attempts, 3600)
    account.log.info({ draft_id: copy.draft_id, err: error }, 'a draft could not be copied to its mail server')
    const reason = { seconds, error: (error as Error).message }
    await account.commit((tx) => store.postpone(tx, keyOf(writing, copy), reason))
  }
}

const keyOf = ({ account }: DraftWriting, { draft_id }: DraftCopy): CopyKey => ({ ...account.key, draftId: draft_id })
