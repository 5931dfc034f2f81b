import type { Permission } from '#platform/http/routes.ts'

/** What members of a group may do; `*` is everybody signed in. */
export type PermissionTable = Readonly<Record<string, readonly string[]>>

/** What all people may do with what is their own, whatever the table says; a personal token only if it was given it. */
const ownPermissions = ['account:read', 'account:write']

export function permissionsOf(groups: readonly string[], table: PermissionTable): ReadonlySet<string> {
  const granted = ['*', ...groups].flatMap((group) => (Object.hasOwn(table, group) ? (table[group] ?? []) : []))
  return new Set([...ownPermissions, ...granted])
}

export const isAllowed = (granted: ReadonlySet<string>, needed: Permission): boolean =>
  needed === 'public' || needed === 'signed_in' || granted.has(needed)
