import type { RemoteOp } from '../changes/remote-op-store.ts'
import type { WriteTarget } from './write-target-store.ts'

export type PlannedWrite = { op: RemoteOp; target: WriteTarget }

/** Writes of the same kind to the same folder: one command does them all. */
export type WriteGroup = { writes: PlannedWrite[] } & Pick<WriteTarget, 'folder_id' | 'path' | 'uidvalidity'>

/** Octets of a command's set of UIDs: servers take lines of 8,192 at least (RFC 7162 §4). */
const maxSetOctets = 7000

/** The first open operation of each message, of those that are due: per message the order is kept. */
export function firstOps(due: readonly RemoteOp[], open: readonly RemoteOp[]): RemoteOp[] {
  const firstOf = new Map<string, string>()
  for (const op of open) if (!firstOf.has(op.message_id)) firstOf.set(op.message_id, op.id)
  return due.filter((op) => firstOf.get(op.message_id) === op.id)
}

/**
 * Operations that are alike together, in the order of their ids, those of one folder after each other. What was begun
 * before a crash goes alone, to be checked.
 */
export function planWrites(ops: readonly RemoteOp[], targets: ReadonlyMap<string, WriteTarget>): WriteGroup[] {
  const groups: WriteGroup[] = []
  const open = new Map<string, { group: WriteGroup; octets: number }>()
  for (const op of ops) {
    const target = targets.get(op.message_id)
    if (!target || target.is_away) continue
    const alone = op.state === 'running' ? op.id : op.attempts
    const key = JSON.stringify([target.folder_id, op.kind, likeness(op), alone])
    const octets = `${target.uid},`.length
    const last = open.get(key)
    if (last && last.octets + octets <= maxSetOctets) {
      last.group.writes.push({ op, target })
      last.octets += octets
      continue
    }
    const group = { ...target, writes: [{ op, target }] }
    groups.push(group)
    open.set(key, { group, octets })
  }
  return [...Map.groupBy(groups, (group) => group.folder_id).values()].flat()
}

/** What must be the same for one command to do two operations. */
export const likeness = ({ kind, change }: RemoteOp): string => {
  if (kind === 'copy') return JSON.stringify(change.folder_id)
  return JSON.stringify(kind === 'move' ? change.folder_id : kind === 'delete' ? '' : change)
}

/** Due operations of messages that cannot be written to now, or never again. */
export function splitUnwritable(due: readonly RemoteOp[], targets: ReadonlyMap<string, WriteTarget>) {
  return {
    homeless: due.filter((op) => !targets.has(op.message_id)).map((op) => op.id),
    away: due.filter((op) => targets.get(op.message_id)?.is_away).map((op) => op.id),
  }
}
