import type { ImapFlow } from 'imapflow'
import { fetchFlags } from '#integrations/imap/imap-fetch.ts'
import { selectMailbox, uidSet } from '#integrations/imap/imap-mailbox.ts'
import type { Tx } from '#platform/database/database.ts'
import { copyStore } from '../acts/copy-store.ts'
import { remoteOpStore } from '../changes/remote-op-store.ts'
import type { MailEvent } from '../events.ts'
import { type AccountContext, announce } from './account-context.ts'
import { applyFlags } from './flag-apply.ts'
import { folderStore } from './folder-store.ts'
import type { PlannedWrite } from './write-plan.ts'
import { type WriteTarget, writeTargetStore } from './write-target-store.ts'

/** Shows messages as they are again when the server has refused for good what their owner did. */
export function createTakeBack(account: AccountContext, client: ImapFlow) {
  const { key, database, commit } = account
  const { mailAccountId } = key

  return async function takeBack(writes: readonly PlannedWrite[], reason: string): Promise<void> {
    const targets = writes.map(({ target }) => target)
    const kind = writes[0]?.op.kind
    const flags = kind === 'set_flags' ? await currentFlags(targets) : []
    await commit(async (tx) => {
      const ids = writes.map(({ op }) => op.id)
      await remoteOpStore.fail(tx, key.ownerId, ids, reason)
      const events: MailEvent[] = []
      for (const { folder, rows } of flags) events.push(...(await applyFlags(tx, key, folder, rows)).events)
      if (kind === 'move') events.push(...(await showWhereTheyLie(tx, targets)))
      if (kind === 'delete') events.push(...(await restore(tx, targets)))
      if (kind === 'set_labels') events.push(...(await relabel(tx, writes)))
      if (kind === 'copy') events.push(...(await forgetCopies(tx, writes)))
      for (const { message_id } of targets) {
        const data = { mail_account_id: mailAccountId, message_id, reason }
        events.push({ type: 'mail.message_change_refused', data })
      }
      await announce(account, tx, events)
    })
  }

  async function showWhereTheyLie(tx: Tx, targets: readonly WriteTarget[]): Promise<MailEvent[]> {
    const moved = await writeTargetStore.showWhereTheyLie(tx, key, targets)
    return moved.map(({ message_id, folder_id, shown_folder_id: from_folder_id }) => ({
      type: 'mail.message_moved',
      data: { mail_account_id: mailAccountId, message_id, from_folder_id, folder_id },
    }))
  }

  async function restore(tx: Tx, targets: readonly WriteTarget[]): Promise<MailEvent[]> {
    const ids = targets.map((target) => target.message_id)
    const shown = await writeTargetStore.unhide(tx, key, ids)
    return shown.map(({ message_id, shown_folder_id: folder_id }) => ({
      type: 'mail.message_restored',
      data: { mail_account_id: mailAccountId, message_id, folder_id },
    }))
  }

  async function forgetCopies(tx: Tx, writes: readonly PlannedWrite[]): Promise<MailEvent[]> {
    const copies = writes.flatMap(({ op }) => (op.kind === 'copy' ? op.change : []))
    await copyStore.forgetPlaces(tx, key.ownerId, copies)
    // Where folders are labels a copy is another place of the message, which stays.
    const messages = copies.filter(({ copy_id }) => !writes.some(({ op }) => op.message_id === copy_id))
    return messages.map(({ copy_id: message_id, folder_id }) => ({
      type: 'mail.message_deleted',
      data: { mail_account_id: mailAccountId, message_id, folder_id },
    }))
  }

  /** Places that labels made are none, those that they were to lose are there. */
  async function relabel(tx: Tx, writes: readonly PlannedWrite[]): Promise<MailEvent[]> {
    const folders = await folderStore.list(tx, key)
    const idsOf = (paths: readonly string[]) => folders.filter(({ path }) => paths.includes(path)).map(({ id }) => id)
    for (const { op } of writes) {
      if (op.kind !== 'set_labels') continue
      const copies = idsOf(op.change.add).map((folder_id) => ({ copy_id: op.message_id, folder_id }))
      await copyStore.forgetPlaces(tx, key.ownerId, copies)
      await writeTargetStore.unhideIn(tx, key, op.message_id, idsOf(op.change.remove))
    }
    const states = await writeTargetStore.labelStates(
      tx,
      key,
      writes.map(({ op }) => op.message_id),
    )
    return states.map((data) => ({ type: 'mail.message_updated', data: { mail_account_id: mailAccountId, ...data } }))
  }

  async function currentFlags(targets: readonly WriteTarget[]) {
    const folders = await folderStore.list(database, key)
    const answers = []
    for (const [folderId, inFolder] of Map.groupBy(targets, (target) => target.folder_id)) {
      const [first] = inFolder
      const folder = folders.find((one) => one.id === folderId && one.uidvalidity === first?.uidvalidity)
      const snapshot = folder && (await selectMailbox(client, folder.path).catch(() => undefined))
      if (!folder || snapshot?.uidValidity !== folder.uidvalidity) continue
      const uids = inFolder.map((target) => target.uid).sort((a, b) => a - b)
      for await (const rows of fetchFlags(client, uidSet(uids))) answers.push({ folder, rows })
    }
    return answers
  }
}
