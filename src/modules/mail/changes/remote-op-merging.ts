import type { FlagChange, MoveChange, NewRemoteOp, RemoteOp } from './remote-op-store.ts'

/** What is to be done to the operations of a message, so that the server ends where its owner wants it. */
export type OpEdits = {
  replace: { id: string; change: FlagChange | MoveChange }[]
  remove: string[]
  insert: NewRemoteOp[]
}

/** Flags that are set and cleared on the message, and the folder that it is moved to. */
export type Wanted = { flags: FlagChange; folderId: string | undefined }

export type MessageToChange = { messageId: string; mailAccountId: string; serverFolderId: string }

/**
 * Lets a new change melt into operations that nobody has begun, so that ten clicks are one command: a later flag
 * overrules an earlier one, a later move redirects an earlier one, and a move back to where the message still lies
 * needs no move at all. `open` are the message's operations, oldest first.
 */
export function mergeOps(message: MessageToChange, wanted: Wanted, open: readonly RemoteOp[]): OpEdits {
  const edits: OpEdits = { replace: [], remove: [], insert: [] }
  if (wanted.flags.add.length + wanted.flags.remove.length > 0) mergeFlags(message, wanted.flags, open, edits)
  if (wanted.folderId !== undefined) mergeMove(message, wanted.folderId, open, edits)
  return edits
}

function mergeFlags(message: MessageToChange, flags: FlagChange, open: readonly RemoteOp[], edits: OpEdits): void {
  const earlier = open.findLast((op) => op.kind === 'set_flags')
  if (earlier?.kind === 'set_flags' && earlier.state === 'pending') {
    edits.replace.push({ id: earlier.id, change: overruled(earlier.change, flags) })
    return
  }
  const { messageId, mailAccountId } = message
  edits.insert.push({ kind: 'set_flags', messageId, mailAccountId, change: flags })
}

function mergeMove(message: MessageToChange, folderId: string, open: readonly RemoteOp[], edits: OpEdits): void {
  const { messageId, mailAccountId, serverFolderId } = message
  const moves = open.filter((op) => op.kind === 'move')
  const earlier = moves.at(-1)
  if (earlier?.state !== 'pending') {
    const change = { folder_id: folderId, from_folder_id: serverFolderId }
    edits.insert.push({ kind: 'move', messageId, mailAccountId, change })
    return
  }
  if (moves.length === 1 && folderId === serverFolderId) {
    edits.remove.push(earlier.id)
    return
  }
  edits.replace.push({ id: earlier.id, change: { ...earlier.change, folder_id: folderId } })
}

const overruled = (earlier: FlagChange, later: FlagChange): FlagChange => ({
  add: [...earlier.add.filter((flag) => !later.remove.includes(flag) && !later.add.includes(flag)), ...later.add],
  remove: [
    ...earlier.remove.filter((flag) => !later.add.includes(flag) && !later.remove.includes(flag)),
    ...later.remove,
  ],
})
