import type { Transact, Tx } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import { enqueue, handleJob, type JobHandler, jobName } from '#platform/jobs/jobs.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { MailEvent } from '../events.ts'
import { accountDeletionStore as store } from './account-deletion-store.ts'

const purgeJob = jobName<{ ownerId: string; mailAccountId: string }>('mail.account_purge')
const deleteObjectsJob = jobName<{ keys: string[] }>('mail.objects_delete')

const keysPerJob = 500
const messagesPerTransaction = 1000
const beforeAll = '00000000-0000-0000-0000-000000000000'

/**
 * Deletes what makes an account visible and leaves the bulk to a job. Answers what to tell of other accounts.
 * @throws AppError `not_found`.
 */
export async function deleteAccount(tx: Tx, ownerId: string, mailAccountId: string): Promise<MailEvent[]> {
  await store.fence(tx, ownerId, mailAccountId)
  const folderIds = await store.folderIds(tx, ownerId, mailAccountId)
  const mimeObjects = await store.deleteAccount(tx, ownerId, mailAccountId)
  if (!mimeObjects) throw notFound('mail account')
  await store.deleteLocations(tx, ownerId, folderIds)
  await store.deleteTombstones(tx, ownerId, mailAccountId)
  const restored = await store.restoreTransfers(tx, ownerId, mailAccountId)
  await store.deleteRemoteOps(tx, ownerId, mailAccountId)
  await enqueue(tx, purgeJob, { ownerId, mailAccountId })
  for (let at = 0; at < mimeObjects.length; at += keysPerJob) {
    await enqueue(tx, deleteObjectsJob, { keys: mimeObjects.slice(at, at + keysPerJob) })
  }
  return restored.map((data) => ({ type: 'mail.message_restored', data }))
}

/** Removes what deleted accounts have left: messages in small transactions, and objects. Right to run twice. */
export function accountJobs({ transact, objects }: { transact: Transact; objects: Objects }): JobHandler[] {
  return [
    handleJob(purgeJob, async ({ ownerId, mailAccountId }) => {
      let after: string | undefined = beforeAll
      while (after !== undefined) after = await purgePage(transact, ownerId, mailAccountId, after)
      // A change that was just being made to a message of the account may have come after the deletion.
      await transact(async (tx) => {
        await store.restoreTransfers(tx, ownerId, mailAccountId)
        await store.deleteRemoteOps(tx, ownerId, mailAccountId)
      })
    }),
    handleJob(deleteObjectsJob, async ({ keys }) => {
      for (const key of keys) await objects.delete(key)
    }),
  ]
}

const purgePage = (transact: Transact, ownerId: string, mailAccountId: string, after: string) =>
  transact((tx) => store.deleteMessages(tx, ownerId, mailAccountId, { after, limit: messagesPerTransaction }))
