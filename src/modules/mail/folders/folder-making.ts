import type { Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { folderChangeStore as store } from './folder-change-store.ts'
import { checkedName } from './folder-name.ts'
import { type FolderOwner, type FolderTarget, folderOpStore } from './folder-op-store.ts'
import { targetPath } from './folder-paths.ts'
import type { ShownFolder } from './shown-folder-store.ts'

/**
 * Makes a folder among those that are known: seen at once, made on the mail server by the node that syncs the account.
 * The account is locked by the caller. @returns its id.
 * @throws AppError `not_found`, `mail.folder_exists`, `mail.folder_name_invalid`, `mail.folders_are_flat`,
 *   `mail.account_not_synced`.
 */
export async function makeFolder(
  tx: Tx,
  key: FolderOwner,
  known: readonly ShownFolder[],
  { name: given, parentId }: { name: string; parentId: string | null },
): Promise<string> {
  const delimiter = delimiterOf(known)
  const name = checkedName(given, delimiter)
  const target = { parent_id: parentId, prefix: '', name }
  const path = pathOfTarget(known, target, delimiter)
  requireFree(known, path)
  const id = newId()
  await store.insert(tx, key, { id, path, name, delimiter })
  await folderOpStore.insert(tx, key, id, { kind: 'create', change: target })
  return id
}

/** @throws AppError `not_found`, `mail.folders_are_flat` */
export function pathOfTarget(known: readonly ShownFolder[], target: FolderTarget, delimiter: string | null): string {
  const path = targetPath(target, delimiter, (id) => known.find((one) => one.id === id && !one.isDeleted)?.shown)
  if (path === undefined) throw notFound('parent folder in this mail account')
  if (target.parent_id !== null && delimiter === null) {
    throw new AppError('unprocessable', 'mail.folders_are_flat', 'This mail server keeps no folders in folders.')
  }
  return path
}

/** A name is taken until the server has let go of it, too. INBOX is INBOX in any case (RFC 3501 §5.1). */
export function requireFree(others: readonly ShownFolder[], path: string): void {
  const isTaken = others.some((one) => one.path === path || one.shown === path)
  if (!isTaken && path.toUpperCase() !== 'INBOX') return
  throw new AppError('conflict', 'mail.folder_exists', 'There is a folder of that name already; choose another name.')
}

/** The same for all folders of an account but those of odd servers; INBOX is the first that is known. */
function delimiterOf(known: readonly ShownFolder[]): string | null {
  const [first] = known.toSorted((one, other) => Number(other.role === 'inbox') - Number(one.role === 'inbox'))
  if (first) return first.delimiter ?? known.find((one) => one.delimiter !== null)?.delimiter ?? null
  throw new AppError(
    'conflict',
    'mail.account_not_synced',
    'The folders of this mail account are not known yet; try again when its first sync has begun.',
  )
}
