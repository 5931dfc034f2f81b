import type { Queryable, Tx } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { personMailStore } from './accounts/person-mail-store.ts'
import type { MailPolicies } from './policies.ts'
import { blobStore } from './uploads/blob-store.ts'

type Quotas = Pick<MailPolicies, 'quota'> | undefined

/** Bytes that may be added to an owner's mail; undefined where there is no limit, less than zero beyond it. */
export async function mailRoom(db: Queryable, quotas: Quotas, ownerId: string): Promise<number | undefined> {
  const quota = await quotas?.quota(db, ownerId, 'mail')
  return typeof quota === 'number' ? quota - (await personMailStore.bytes(db, ownerId)) : undefined
}

/** @throws AppError `mail.storage_full` unless there is room for `bytes` more. What arrives is never kept out. */
export async function requireMailRoom(db: Queryable, quotas: Quotas, ownerId: string, bytes = 1): Promise<void> {
  const room = await mailRoom(db, quotas, ownerId)
  if (room !== undefined && room < bytes) throw mailFull()
}

/**
 * Whether a file of `bytes` may come. In the transaction that keeps it, ask `requireAttachmentsFit` after it was kept.
 * @throws AppError `mail.attachment_storage_full`.
 */
export async function requireAttachmentRoom(db: Queryable, quotas: Quotas, ownerId: string, bytes: number) {
  const quota = await quotas?.quota(db, ownerId, 'attachments')
  if (typeof quota !== 'number') return
  if ((await blobStore.usedBytes(db, ownerId)) + bytes > quota) throw attachmentsFull()
}

/** Of two files at once one waits here for the other. @throws AppError `mail.attachment_storage_full`. */
export async function requireAttachmentsFit(tx: Tx, quotas: Quotas, ownerId: string): Promise<void> {
  const quota = await quotas?.quota(tx, ownerId, 'attachments')
  if (typeof quota !== 'number') return
  await blobStore.lockOwner(tx, ownerId)
  if ((await blobStore.usedBytes(tx, ownerId)) > quota) throw attachmentsFull()
}

export const mailFull = () =>
  new AppError(
    'insufficient_storage',
    'mail.storage_full',
    'You keep as much mail as you may; delete some, or ask your administrator for more room.',
  )
const attachmentsFull = () =>
  new AppError(
    'insufficient_storage',
    'mail.attachment_storage_full',
    'Your files to be sent take all the room that you may use; send or delete drafts with files, or ask your administrator.',
  )
