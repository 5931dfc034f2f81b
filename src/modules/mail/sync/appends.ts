import type { ImapFlow } from 'imapflow'
import { appendMessage, findAppended, ImapRefusal } from '#integrations/imap/imap-write.ts'
import { onCommit } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { copyPlaceStore } from '../acts/copy-place-store.ts'
import { copyStore } from '../acts/copy-store.ts'
import type { AppendChange, RemoteOp } from '../changes/remote-op-store.ts'
import { type NewRemoteOp, remoteOpStore } from '../changes/remote-op-store.ts'
import type { MailEvent } from '../events.ts'
import { type AccountContext, announce } from './account-context.ts'
import { folderStore, isSynced } from './folder-store.ts'
import { originalStore } from './original-store.ts'
import type { Original, Originals } from './originals.ts'
import { pendingBodyStore } from './pending-body-store.ts'
import { writeTargetStore } from './write-target-store.ts'

export type Appends = ReturnType<typeof createAppends>

type Append = RemoteOp & { kind: 'append'; change: AppendChange }

const maxAttempts = 3
/** Between tries while the other server cannot be reached. */
const awaySeconds = 60

/**
 * Takes messages of the owner's other accounts to this one's server. `running` is recorded before the APPEND: after a
 * crash the folder is searched for it first. Only once it is there is the original deleted, by an operation of its own
 * account that waits until the move cannot be taken back.
 */
export function createAppends(account: AccountContext, client: ImapFlow, originals: Originals, signal: AbortSignal) {
  const { key, database, commit } = account
  const { ownerId } = key

  /** Answers folders that have to be synced now, because the server did not say where it put a message. */
  async function run(ops: readonly RemoteOp[]): Promise<string[]> {
    const unsure: string[] = []
    for (const op of ops) if (op.kind === 'append') unsure.push(...(await append(op)))
    return unsure
  }

  async function append(op: Append): Promise<string[]> {
    const isMarked = await commit(async (tx) => (await remoteOpStore.markRunning(tx, ownerId, [op.id])).length > 0)
    if (!isMarked) return []
    const source = { ownerId, mailAccountId: op.change.source_account_id }
    try {
      return await originals.with(source, op.change.source_message_id, signal, (original) => store(op, original))
    } catch (error) {
      if (!client.usable || signal.aborted) throw error
      await refused(op, error)
      return []
    }
  }

  async function store(op: Append, original: Original | undefined): Promise<string[]> {
    if (!original) throw new ImapRefusal('take the message, because the other server has it no more or it is too large')
    const destination = (await folderStore.list(database, key)).find((folder) => folder.id === op.change.folder_id)
    if (!destination?.isSelectable || !destination.isOnServer) {
      throw new ImapRefusal('take the message into a folder that is gone')
    }
    const { path, uidnext, keepsKeywords } = destination
    const found = op.state === 'running' ? await findAppended(client, path, original, uidnext ?? 1) : undefined
    const all = await originalStore.flagsOf(database, ownerId, op.message_id)
    const flags = keepsKeywords ? all : all.filter((flag) => flag.startsWith('\\'))
    const appended = found ?? (await appendMessage(client, path, { ...original, flags }))
    const uid = isSynced(destination) ? (appended.uid ?? null) : null
    await commit(async (tx) => {
      const place = { messageId: op.message_id, folderId: destination.id, uidvalidity: appended.uidValidity ?? 0, uid }
      await copyPlaceStore.settle(tx, ownerId, [place])
      if (destination.sync === 'all') await pendingBodyStore.want(tx, key, [op.message_id])
      // Its owner may have taken the move back meanwhile.
      const current = (await remoteOpStore.lockOpenOf(tx, ownerId, [op.message_id])).find((one) => one.id === op.id)
      if (current?.kind === 'append' && current.change.is_move) {
        const left = await originalStore.leaving(tx, sourceOf(op), op.change.source_message_id)
        await remoteOpStore.insert(tx, ownerId, farewell(op, left))
      }
      await remoteOpStore.done(tx, ownerId, [op.id])
      onCommit(tx, () => originals.left(op.change.source_account_id))
    })
    return uid === null && isSynced(destination) ? [destination.id] : []
  }

  const sourceOf = ({ change }: Append) => ({ ownerId, mailAccountId: change.source_account_id })

  /** A server that is away may come back; what a server refuses is taken back at last. */
  async function refused(op: Append, error: unknown): Promise<void> {
    const isRefusal = error instanceof ImapRefusal || (error as { responseStatus?: string }).responseStatus === 'NO'
    const isOver = error instanceof AppError && error.kind === 'not_found'
    const reason = (error as Error).message
    if (isOver || (isRefusal && op.attempts + 1 >= maxAttempts)) return takeBack(op, reason)
    if (!isRefusal && !(error instanceof AppError)) {
      account.log.warn({ ...key, err: error }, 'a message of another account could not be fetched')
    }
    const seconds = isRefusal ? account.timings.minBackoffMs / 1000 : awaySeconds
    await commit((tx) => remoteOpStore.postpone(tx, ownerId, [op.id], { seconds, error: reason }))
  }

  async function takeBack(op: Append, reason: string): Promise<void> {
    const { source_message_id: message_id, source_account_id: mail_account_id, folder_id } = op.change
    await commit(async (tx) => {
      await remoteOpStore.fail(tx, ownerId, [op.id], reason)
      await copyStore.forgetPlaces(tx, ownerId, [{ copy_id: op.message_id, folder_id }])
      const shown = op.change.is_move ? await writeTargetStore.unhide(tx, sourceOf(op), [message_id]) : []
      const copy = { mail_account_id: key.mailAccountId, message_id: op.message_id, folder_id }
      const restored = shown.map(
        (place): MailEvent => ({
          type: 'mail.message_restored',
          data: { mail_account_id, message_id, folder_id: place.shown_folder_id },
        }),
      )
      await announce(account, tx, [
        { type: 'mail.message_deleted', data: copy },
        ...restored,
        { type: 'mail.message_change_refused', data: { mail_account_id, message_id, reason } },
      ])
    })
  }

  return { run }
}

/** Where folders are labels, only what lies in Trash can be deleted. */
function farewell({ change }: Append, left: Awaited<ReturnType<typeof originalStore.leaving>>): NewRemoteOp[] {
  const [place] = left
  if (!place) return []
  const message = { messageId: change.source_message_id, mailAccountId: change.source_account_id }
  const notBefore = new Date(change.erase_at)
  const from_folder_id = place.folder_id
  if (!place.is_labelled || place.trash_id === null) {
    return [{ ...message, kind: 'delete', change: { from_folder_id }, notBefore }]
  }
  const moved = { folder_id: place.trash_id, from_folder_id }
  return [
    { ...message, kind: 'move', change: moved, notBefore },
    { ...message, kind: 'delete', change: { from_folder_id: place.trash_id }, notBefore },
  ]
}
