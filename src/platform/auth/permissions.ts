import type { Permission } from '#platform/http/routes.ts'

/** What members of a group may do; `*` is everybody signed in. */
export type PermissionTable = Readonly<Record<string, readonly string[]>>

/** What all people may do with what is their own, whatever the table says; a personal token only if it was given it. */
const ownPermissions = ['account:read', 'account:write']

export function permissionsOf(groups: readonly string[], table: PermissionTable): ReadonlySet<string> {
  const granted = ['*', ...groups].flatMap((group) => (Object.hasOwn(table, group) ? (table[group] ?? []) : []))
  return new Set([...ownPermissions, ...granted])
}

/** What whoever is in these groups may do. */
export type Grants = (groups: readonly string[]) => ReadonlySet<string>

/** `admin` holds every `admin:…`. */
export const holds = (granted: ReadonlySet<string>, needed: string): boolean =>
  granted.has(needed) || (needed.startsWith('admin:') && granted.has('admin'))

export const isAllowed = (granted: ReadonlySet<string>, needed: Permission): boolean =>
  needed === 'public' || needed === 'signed_in' || holds(granted, needed)
