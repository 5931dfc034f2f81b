import type { Actor } from '#platform/auth/actor.ts'
import { holds, type PermissionTable } from '#platform/auth/permissions.ts'
import { AppError } from '#platform/errors.ts'

/**
 * Nobody gives, takes or gets by way of somebody else an administrator's permission that they do not have themselves.
 * @throws AppError `auth.forbidden`.
 */
export function requireNoMorePrivilege(actor: Actor, groups: readonly string[], table: PermissionTable): void {
  const granted = groups.flatMap((group) => (Object.hasOwn(table, group) ? (table[group] ?? []) : []))
  const missing = granted.filter((one) => /^admin(:|$)/.test(one) && !holds(actor.permissions, one))
  if (missing.length === 0) return
  throw new AppError(
    'forbidden',
    'auth.forbidden',
    `This concerns administrators with ${[...new Set(missing)].join(', ')}, which you do not have; ask one of them.`,
  )
}
