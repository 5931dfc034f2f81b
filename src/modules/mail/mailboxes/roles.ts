/** What somebody may do in a mailbox, the least first; docs/decisions/0031-mailboxes-of-several.md tells what each means. */
export const roles = ['read', 'send', 'manage', 'owner'] as const
export type Role = (typeof roles)[number]

/** What can be given. */
export const grantedRoles = ['read', 'send', 'manage'] as const
export type GrantedRole = (typeof grantedRoles)[number]

export const isEnough = (held: Role, needed: Role): boolean => roles.indexOf(held) >= roles.indexOf(needed)
