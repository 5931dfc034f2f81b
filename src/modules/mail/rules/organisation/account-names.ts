import type { Tx } from '#platform/database/database.ts'
import { lockSubjects } from '../../acts/subjects.ts'
import type { MailEvent } from '../../events.ts'
import { folderChangeStore } from '../../folders/folder-change-store.ts'
import { makeFolder } from '../../folders/folder-making.ts'
import type { FolderOwner } from '../../folders/folder-op-store.ts'
import { type ShownFolder, shownFolderStore } from '../../folders/shown-folder-store.ts'
import type { NamedAction, RuleAction } from '../rule-action.ts'

/** The label of that name or keyword, made when there is none. @throws AppError `mail.label_name_invalid` */
export type EnsureLabel = (tx: Tx, ownerId: string, name: string) => Promise<{ id: string; events: MailEvent[] }>

type Resolved = { action: RuleAction; events: MailEvent[] }

const actsByRole = { archive: 'archive', trash: 'trash', junk: 'mark_junk' } as const

/** What rules of an organisation name, as one mail account knows it: the same names stand for other ids in each. */
export function createAccountNames({ ensureLabel }: { ensureLabel: EnsureLabel }) {
  async function labelled(tx: Tx, ownerId: string, names: readonly string[]): Promise<Resolved> {
    const labels = []
    for (const name of names) labels.push(await ensureLabel(tx, ownerId, name))
    const label_ids = [...new Set(labels.map(({ id }) => id))]
    return { action: { type: 'label', label_ids }, events: labels.flatMap(({ events }) => events) }
  }

  return {
    /**
     * The action with what the message's account has for its names. Folders and labels that are missing are made; what
     * cannot be made throws, and the message stays as it is.
     * @throws AppError `mail.folder_name_invalid`, `mail.folders_are_flat`, `mail.folder_exists`, `mail.account_not_synced`
     */
    async resolve(
      tx: Tx,
      { messageId, ...key }: FolderOwner & { messageId: string },
      action: Exclude<NamedAction, { type: 'forward' }>,
    ): Promise<Resolved> {
      if (action.type === 'label') return labelled(tx, key.ownerId, action.label_names)
      if ('folder_role' in action) return { action: { type: actsByRole[action.folder_role] }, events: [] }
      const { id, made } = await folderAt(tx, { ...key, messageId }, partsOf(action.folder_path))
      const events = made.map((folder_id): MailEvent => {
        return { type: 'mail.folder_created', data: { mail_account_id: key.mailAccountId, folder_id } }
      })
      return { action: { type: action.type, folder_id: id }, events }
    },
  }
}

export type AccountNames = ReturnType<typeof createAccountNames>

/** The names of the folders from the top on, however a server separates them. */
export const partsOf = (path: string): string[] => path.split('/').map((part) => part.normalize('NFC').trim())

async function folderAt(
  tx: Tx,
  { messageId, ...key }: FolderOwner & { messageId: string },
  parts: readonly string[],
): Promise<{ id: string; made: string[] }> {
  const found = findAt(await shownFolderStore.list(tx, key), parts)
  if (found) return { id: found.id, made: [] }
  // Messages before accounts, as whatever acts on messages does it.
  await lockSubjects(tx, key.ownerId, [messageId])
  await folderChangeStore.lockAccount(tx, key)
  const made: string[] = []
  let parentId: string | null = null
  for (const [at, name] of parts.entries()) {
    const known: ShownFolder[] = await shownFolderStore.list(tx, key)
    const there = findAt(known, parts.slice(0, at + 1))
    const id: string = there?.id ?? (await makeFolder(tx, key, known, { name, parentId }))
    if (!there) made.push(id)
    parentId = id
  }
  return { id: parentId ?? '', made }
}

/**
 * At the top, or in INBOX on servers that have everything there; as it is written, else in any case: where a person has
 * "invoices", no "Invoices" is put beside it.
 */
function findAt(known: readonly ShownFolder[], parts: readonly string[]): ShownFolder | undefined {
  const wanted = parts.join('/')
  const pathOf = ({ shown, delimiter }: ShownFolder) => (delimiter === null ? shown : shown.replaceAll(delimiter, '/'))
  const there = known.filter(({ isDeleted }) => !isDeleted)
  const find = (fits: (path: string) => boolean) => there.find((folder) => fits(pathOf(folder)))
  const inAnyCase = wanted.toLowerCase()
  return (
    find((path) => path === wanted) ??
    find((path) => path.toLowerCase() === inAnyCase) ??
    find((path) => path.toLowerCase() === `inbox/${inAnyCase}`)
  )
}
