import type { RemoteOp } from '../changes/remote-op-store.ts'
import type { WriteTarget } from './write-target-store.ts'

export type PlannedWrite = { op: RemoteOp; target: WriteTarget }

/** Writes of the same kind to the same folder: one command does them all. */
export type WriteGroup = { writes: PlannedWrite[] } & Pick<WriteTarget, 'folder_id' | 'path' | 'uidvalidity'>

/** Messages changed by one command. */
const maxGroup = 500

/**
 * The first open operation of each message, those that are alike together, in the order of their ids. Later ones wait
 * for the next round: per message the order is kept. What was begun before a crash goes alone, to be checked.
 */
export function planWrites(
  due: readonly RemoteOp[],
  open: readonly RemoteOp[],
  targets: ReadonlyMap<string, WriteTarget>,
): WriteGroup[] {
  const firstOf = new Map<string, string>()
  for (const op of open) if (!firstOf.has(op.message_id)) firstOf.set(op.message_id, op.id)
  const groups = new Map<string, WriteGroup>()
  for (const op of due) {
    const target = targets.get(op.message_id)
    if (!target || target.is_away || firstOf.get(op.message_id) !== op.id) continue
    const alone = op.state === 'running' || op.attempts > 0 ? op.id : ''
    const key = JSON.stringify([target.folder_id, op.kind, op.change, alone])
    const group = groups.get(key)
    if (group && group.writes.length < maxGroup) group.writes.push({ op, target })
    else groups.set(key, { ...target, writes: [{ op, target }] })
  }
  return [...groups.values()]
}

/** Due operations of messages that cannot be written to now, or never again. */
export function splitUnwritable(due: readonly RemoteOp[], targets: ReadonlyMap<string, WriteTarget>) {
  return {
    homeless: due.filter((op) => !targets.has(op.message_id)).map((op) => op.id),
    away: due.filter((op) => targets.get(op.message_id)?.is_away).map((op) => op.id),
  }
}
