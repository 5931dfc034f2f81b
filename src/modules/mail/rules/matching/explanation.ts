import { type Condition, isGroup } from './condition.ts'
import type { CompiledCondition, Matching } from './program.ts'

/** A condition that decided, and whether it is fulfilled. */
export type Reason = { path: string; condition: Condition; isFulfilled: boolean }

/**
 * The conditions that made a decided one what it is: every member of a group where all count, the first where one is
 * enough. A group without any is its own reason.
 */
export function reasonsOf(compiled: CompiledCondition, matching: Matching): Reason[] {
  const { condition, path, children } = compiled
  const verdict = compiled.decide(matching)
  if (verdict === undefined) return []
  if (!isGroup(condition) || children.length === 0) return [{ path, condition, isFulfilled: verdict }]
  const isOneEnough = condition.match === 'any' ? verdict : !verdict
  const sought = condition.match === 'none' ? !verdict : verdict
  const deciding = children.filter((child) => child.decide(matching) === sought)
  return (isOneEnough ? deciding.slice(0, 1) : deciding).flatMap((child) => reasonsOf(child, matching))
}
