import type { Permission } from '#platform/http/routes.ts'

/** What members of a group may do; `*` is everybody signed in. */
export type PermissionTable = Readonly<Record<string, readonly string[]>>

export function permissionsOf(groups: readonly string[], table: PermissionTable): ReadonlySet<string> {
  return new Set(['*', ...groups].flatMap((group) => (Object.hasOwn(table, group) ? (table[group] ?? []) : [])))
}

export const isAllowed = (granted: ReadonlySet<string>, needed: Permission): boolean =>
  needed === 'public' || needed === 'signed_in' || granted.has(needed)
