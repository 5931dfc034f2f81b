import { createHash, randomUUID } from 'node:crypto'
import type { Records } from '../nextcloud/records.ts'

export type DirectoryUser = {
  pk: number
  uuid: string
  username: string
  name: string
  email: string
  isActive: boolean
  path: string
  joinedAt: string
  /** At Authentik itself. */
  sessionCount: number
}
export type DirectoryGroup = { pk: string; numPk: number; name: string; isSuperuser: boolean; users: number[] }

export type Directory = Awaited<ReturnType<typeof openDirectory>>

/** Users and groups with what Authentik makes up for each. */
export async function openDirectory(records: Records) {
  const empty = { users: [] as DirectoryUser[], groups: [] as DirectoryGroup[], last: 0 }
  const { value, changed } = await records.open('directory', empty)

  return {
    users: (): readonly DirectoryUser[] => value.users,
    groups: (): readonly DirectoryGroup[] => value.groups,
    user: (pk: number) => value.users.find((user) => user.pk === pk),
    group: (pk: string) => value.groups.find((group) => group.pk === pk),
    groupsOf: (pk: number) => value.groups.filter((group) => group.users.includes(pk)),

    addUser(user: Pick<DirectoryUser, 'username' | 'name' | 'email'> & Partial<DirectoryUser>): DirectoryUser {
      const made = {
        ...{ pk: ++value.last, uuid: randomUUID(), isActive: true, path: 'users', joinedAt: new Date().toISOString() },
        ...{ sessionCount: 0, ...user },
      }
      value.users.push(made)
      changed()
      return made
    },

    removeUser(pk: number): void {
      value.users = value.users.filter((user) => user.pk !== pk)
      for (const group of value.groups) group.users = group.users.filter((member) => member !== pk)
      changed()
    },

    addGroup(name: string, users: number[] = []): DirectoryGroup {
      const group = { pk: randomUUID(), numPk: ++value.last, name, isSuperuser: false, users }
      value.groups.push(group)
      changed()
      return group
    },

    removeGroup(pk: string): void {
      value.groups = value.groups.filter((group) => group.pk !== pk)
      changed()
    },

    setGroups(pk: number, groupPks: readonly string[]): void {
      for (const group of value.groups) {
        const others = group.users.filter((member) => member !== pk)
        group.users = groupPks.includes(group.pk) ? [...others, pk] : others
      }
      changed()
    },

    changed,
  }
}

export function presentedUser(directory: Directory, user: DirectoryUser) {
  const groups = directory.groupsOf(user.pk)
  return {
    ...{ pk: user.pk, username: user.username, name: user.name, is_active: user.isActive, last_login: null },
    ...{ date_joined: user.joinedAt, is_superuser: groups.some(({ isSuperuser }) => isSuperuser), email: user.email },
    groups: groups.map(({ pk }) => pk),
    groups_obj: groups.map((group) => ({ pk: group.pk, num_pk: group.numPk, name: group.name, is_superuser: false })),
    ...{ roles: [], roles_obj: [], avatar: 'data:image/svg+xml;base64,', attributes: {} },
    ...{ uid: createHash('sha256').update(user.uuid).digest('hex'), path: user.path, type: 'internal' },
    ...{ uuid: user.uuid, password_change_date: user.joinedAt, last_updated: user.joinedAt },
  }
}

export function presentedGroup(group: DirectoryGroup, hasUsers: boolean) {
  return {
    ...{ pk: group.pk, num_pk: group.numPk, name: group.name, is_superuser: group.isSuperuser },
    ...{ parents: [], parents_obj: null, users: group.users, users_obj: hasUsers ? [] : null, attributes: {} },
    ...{ roles: [], roles_obj: [], inherited_roles_obj: null, children: [], children_obj: null },
  }
}
