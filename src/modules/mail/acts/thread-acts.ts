import type { Tx } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { actFolderStore } from './act-folder-store.ts'
import type { ActionKind } from './action.ts'
import { subjectStore } from './subject-store.ts'
import { lockSubjects, subjectsOf } from './subjects.ts'
import { meantByThread } from './thread-scope.ts'

/** Messages on which one act works in its transaction. */
const maxMessages = 10_000

/**
 * The messages of conversations that an act means, by conversation; none for one of somebody else.
 * @throws AppError `mail.too_many_messages`.
 */
export async function messagesOfThreads(
  tx: Tx,
  ownerId: string,
  threadIds: readonly string[],
  { kind, inFolderId }: { kind: ActionKind; inFolderId?: string | undefined },
): Promise<Map<string, string[]>> {
  const members = await subjectStore.members(tx, ownerId, threadIds, maxMessages + 1)
  if (members.length > maxMessages) {
    throw new AppError(
      'unprocessable',
      'mail.too_many_messages',
      `These conversations have more than ${maxMessages} messages together; choose fewer of them.`,
    )
  }
  const locked = await lockSubjects(
    tx,
    ownerId,
    members.map((member) => member.id),
  )
  const accounts = [...new Set(locked.rows.map((row) => row.mail_account_id))]
  const folders = await actFolderStore.list(tx, ownerId, accounts)
  const roles = new Map(folders.map((folder) => [folder.id, folder.role]))
  const subjects = subjectsOf(locked, folders, inFolderId)
  const messages = members.flatMap(({ id, thread_id }) => {
    const subject = subjects.get(id)
    if (!subject || subject.state.isDeleted) return []
    const { folderId } = subject.state
    return [{ id, threadId: thread_id, folderId, role: roles.get(folderId) ?? null }]
  })
  const byThread = Map.groupBy(messages, (message) => message.threadId)
  return new Map(
    [...byThread].map(([threadId, own]) => [threadId, meantByThread(kind, own, inFolderId).map(({ id }) => id)]),
  )
}
