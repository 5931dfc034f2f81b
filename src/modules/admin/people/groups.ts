import type { AuthentikClient, AuthentikGroup } from '#integrations/authentik/authentik-client.ts'
import type { PermissionTable } from '#platform/auth/permissions.ts'
import type { Database } from '#platform/database/database.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { type Caller, recordChange } from '../changes.ts'
import { type Directory, groupNamesOf } from './directory.ts'
import type { Group } from './group-wire.ts'
import { required } from './people.ts'
import { personStore } from './person-store.ts'
import { requireNoMorePrivilege } from './privilege.ts'

export type Groups = ReturnType<typeof createGroups>

/** Groups of the directory. Every method throws AppError `admin.directory_off` where there is none. */
export function createGroups(deps: {
  database: Database
  client: AuthentikClient | undefined
  directory: Directory | undefined
  permissionTable: PermissionTable
}) {
  const { database, permissionTable } = deps
  const client = () => required(deps.client)

  const groupOf = ({ pk: id, name, users = [] }: AuthentikGroup): Group => ({
    ...{ id, name, member_count: users.length },
    permissions: Object.hasOwn(permissionTable, name) ? [...(permissionTable[name] ?? [])] : [],
  })

  async function setMember(caller: Caller, { groupId, personId }: Membership, isMember: boolean): Promise<void> {
    const directory = required(deps.directory)
    const [group, user] = await Promise.all([client().retrieveGroup(groupId), directory.find(personId)])
    requireNoMorePrivilege(caller.actor, [...groupNamesOf(user), group.name], permissionTable)
    await client()[isMember ? 'addMember' : 'removeMember'](groupId, user.pk)
    const others = groupNamesOf(user).filter((name) => name !== group.name)
    const groups = isMember ? [...others, group.name].sort() : others
    const { username, name: displayName, email = null } = user
    await personStore.setDirectoryWord(database, personId, { username, displayName, email, groups })
    await recordChange(database, caller, {
      ...{ ownerId: personId, action: 'admin.membership_changed', target: groupId },
      ...{ before: { groups: groupNamesOf(user) }, after: { groups } },
    })
  }

  return {
    async list(query: { search?: string | undefined; limit: number; cursor: string | undefined }) {
      const [number] = query.cursor === undefined ? [1] : decodeCursor(query.cursor, ['number'])
      const page = { number: Math.max(1, number), size: query.limit }
      const { items, next } = await client().listGroups({ search: query.search, includeUsers: true }, page)
      return { items: items.map(groupOf), next_cursor: next === null ? null : encodeCursor([next]) }
    },

    /** @throws AppError `not_found`. */
    view: async (groupId: string): Promise<Group> => groupOf(await client().retrieveGroup(groupId)),

    /** @throws AppError `admin.name_taken`, `auth.forbidden` for a name that grants what the caller does not have. */
    async create(caller: Caller, name: string): Promise<Group> {
      requireNoMorePrivilege(caller.actor, [name], permissionTable)
      const group = groupOf(await client().createGroup(name))
      const change = { action: 'admin.group_created', target: group.id, before: null, after: { name } } as const
      await recordChange(database, caller, change)
      return group
    },

    /** @throws AppError `not_found`, `admin.name_taken`, `auth.forbidden`. */
    async rename(caller: Caller, groupId: string, name: string): Promise<Group> {
      const before = await client().retrieveGroup(groupId)
      requireNoMorePrivilege(caller.actor, [before.name, name], permissionTable)
      const group = groupOf(await client().updateGroup(groupId, name))
      await recordChange(database, caller, {
        ...{ action: 'admin.group_renamed', target: groupId, before: { name: before.name }, after: { name } },
      })
      return group
    },

    /** @throws AppError `not_found`, `auth.forbidden`. */
    async remove(caller: Caller, groupId: string): Promise<void> {
      const { name } = await client().retrieveGroup(groupId)
      requireNoMorePrivilege(caller.actor, [name], permissionTable)
      await client().deleteGroup(groupId)
      await recordChange(database, caller, {
        ...{ action: 'admin.group_deleted', target: groupId, before: { name }, after: null },
      })
    },

    /** @throws AppError `not_found`, `auth.forbidden`. */
    add: (caller: Caller, membership: Membership): Promise<void> => setMember(caller, membership, true),
    /** @throws AppError `not_found`, `auth.forbidden`. */
    take: (caller: Caller, membership: Membership): Promise<void> => setMember(caller, membership, false),
  }
}

type Membership = { groupId: string; personId: string }
