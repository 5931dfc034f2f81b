import { hasChange } from '../acts/message-state.ts'
import type { CopyChange, FlagChange, NewRemoteOp, RemoteOp, RewrittenOp } from './remote-op-store.ts'

/** What is to be done to the operations of a message, so that the server ends where its owner wants it. */
export type OpEdits = { rewrite: RewrittenOp[]; remove: string[]; insert: NewRemoteOp[] }

/** What its owner wants of a message; what is left out stays. */
export type Wanted = {
  flags?: FlagChange
  /** On a server whose folders are labels. */
  labels?: FlagChange
  /** The folder that it is moved to. */
  folderId?: string
  copies?: readonly Omit<CopyChange, 'from_folder_id'>[]
  /** True to delete it for good, not before `eraseAt`; false to take that back. */
  isDeleted?: boolean
  eraseAt?: Date
}

export type MessageToChange = { messageId: string; mailAccountId: string; serverFolderId: string }

/**
 * Lets a new change melt into operations that nobody has begun, so that ten clicks are one command: a later flag
 * overrules an earlier one, a later move redirects an earlier one, and a move back to where the message still lies
 * needs no move at all. A copy is of the message as it was: what comes later does not melt into what was before it.
 * `open` are the message's operations, oldest first.
 */
export function mergeOps(message: MessageToChange, wanted: Wanted, open: readonly RemoteOp[]): OpEdits {
  const edits: OpEdits = { rewrite: [], remove: [], insert: [] }
  const sinceCopy = open.slice(open.findLastIndex((op) => op.kind === 'copy') + 1)
  if (wanted.isDeleted === false) edits.remove.push(...open.filter(isDeletion).map((op) => op.id))
  if (wanted.flags && hasChange(wanted.flags)) mergeSet(message, 'set_flags', wanted.flags, sinceCopy, edits)
  if (wanted.labels && hasChange(wanted.labels)) mergeSet(message, 'set_labels', wanted.labels, sinceCopy, edits)
  if (wanted.folderId !== undefined) mergeMove(message, wanted.folderId, open, edits)
  const from_folder_id = message.serverFolderId
  for (const copy of wanted.copies ?? []) add(message, { kind: 'copy', change: { ...copy, from_folder_id } }, edits)
  const last = wanted.folderId ?? from_folder_id
  if (wanted.isDeleted) {
    add(message, { kind: 'delete', change: { from_folder_id: last }, notBefore: wanted.eraseAt }, edits)
  }
  return edits
}

const isDeletion = (op: RemoteOp) => op.kind === 'delete' && op.state === 'pending'

type Addition = NewRemoteOp extends infer Op
  ? Op extends unknown
    ? Omit<Op, 'messageId' | 'mailAccountId'>
    : never
  : never

function add({ messageId, mailAccountId }: MessageToChange, op: Addition, edits: OpEdits): void {
  edits.insert.push({ ...op, messageId, mailAccountId })
}

function mergeSet(
  message: MessageToChange,
  kind: 'set_flags' | 'set_labels',
  change: FlagChange,
  open: readonly RemoteOp[],
  edits: OpEdits,
): void {
  const earlier = open.findLast((op) => op.kind === kind)
  const isMergeable = earlier?.kind === kind && earlier.state === 'pending'
  if (isMergeable) edits.rewrite.push({ id: earlier.id, change: overruled(earlier.change, change) })
  else add(message, { kind, change }, edits)
}

function mergeMove(message: MessageToChange, folderId: string, open: readonly RemoteOp[], edits: OpEdits): void {
  const { serverFolderId } = message
  const moves = open.filter((op) => op.kind === 'move')
  const earlier = moves.at(-1)
  if (earlier?.state !== 'pending') {
    // Back from where only its owner sees it: the server never knew.
    if (!earlier && folderId === serverFolderId) return
    const change = { folder_id: folderId, from_folder_id: serverFolderId }
    add(message, { kind: 'move', change }, edits)
    return
  }
  if (moves.length === 1 && folderId === serverFolderId) {
    edits.remove.push(earlier.id)
    return
  }
  edits.rewrite.push({ id: earlier.id, change: { ...earlier.change, folder_id: folderId } })
}

const overruled = (earlier: FlagChange, later: FlagChange): FlagChange => ({
  add: [...earlier.add.filter((flag) => !later.remove.includes(flag) && !later.add.includes(flag)), ...later.add],
  remove: [
    ...earlier.remove.filter((flag) => !later.add.includes(flag) && !later.remove.includes(flag)),
    ...later.remove,
  ],
})
