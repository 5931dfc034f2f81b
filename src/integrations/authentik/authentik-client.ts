import type { Upstreams } from '#platform/observability/upstreams.ts'
import { createAuthentikHttp } from './authentik-http.ts'
import type { AuthentikGroup, AuthentikUser, EmailStagePage, GroupPage, NewUser, UserChange, UserPage } from './wire.ts'

export type { AuthentikGroup, AuthentikUser, NewUser, UserChange } from './wire.ts'

/** Authentik counts pages, from 1; `next` is null at the last. */
export type DirectoryPage<Item> = { items: Item[]; next: number | null }
export type UserQuery = {
  search?: string | undefined
  uuid?: string | undefined
  isActive?: boolean | undefined
  group?: string | undefined
}

export type AuthentikClient = ReturnType<typeof createAuthentikClient>

/**
 * Users and groups of Authentik 2026.x, as its API has them. Every call throws the AppErrors of `authentik-http.ts`.
 * `url` is where Authentik is, with its path (`/auth`).
 */
export function createAuthentikClient(options: { url: string; token: string; upstreams: Upstreams }) {
  const http = createAuthentikHttp(options)
  return {
    /** People alone: service accounts and Authentik's own are left out. */
    async listUsers(query: UserQuery, page: { number: number; size: number }): Promise<DirectoryPage<AuthentikUser>> {
      const { search, uuid, isActive, group } = query
      const { pagination, results } = await http.call<UserPage>('users_list', 'GET', '/core/users/', {
        query: {
          ...{ page: page.number, page_size: page.size, ordering: 'username', search, uuid },
          ...{ is_active: isActive, groups_by_name: group, type: 'internal' },
        },
      })
      return { items: results, next: pagination.next > 0 ? pagination.next : null }
    },

    retrieveUser: (id: number) => http.call<AuthentikUser>('users_retrieve', 'GET', `/core/users/${id}/`),

    createUser: (user: NewUser) =>
      http.call<AuthentikUser>('users_create', 'POST', '/core/users/', { body: { ...user, type: 'internal' } }),

    updateUser: (id: number, change: UserChange) =>
      http.call<AuthentikUser>('users_update', 'PATCH', `/core/users/${id}/`, { body: change }),

    deleteUser: (id: number) => http.call<void>('users_delete', 'DELETE', `/core/users/${id}/`),

    /** A link by which the user chooses a password; needs a recovery flow at the brand. */
    async createRecoveryLink(id: number): Promise<string> {
      const path = `/core/users/${id}/recovery/`
      const { link } = await http.call<{ link: string }>('users_recovery', 'POST', path, { body: {} })
      return link
    },

    /**
     * Has Authentik mail that link to the user, by the first of its email stages that is named for recovery, or the first
     * there is. @returns false when there is none
     */
    async mailRecoveryLink(id: number): Promise<boolean> {
      const query = { ordering: 'name', page_size: 100 }
      const { results } = await http.call<EmailStagePage>('stages_email', 'GET', '/stages/email/', { query })
      const stage = results.find(({ name }) => /recover/i.test(name)) ?? results[0]
      if (!stage) return false
      const path = `/core/users/${id}/recovery_email/`
      await http.call<void>('users_recovery_email', 'POST', path, { body: { email_stage: stage.pk } })
      return true
    },

    /** Signs the user out of Authentik itself, wherever they are signed in. */
    endSessions: (id: number) =>
      http.call<{ deleted: number }>('sessions_delete', 'DELETE', '/core/authenticated_sessions/bulk_delete/', {
        query: { user_pks: id },
      }),

    async listGroups(
      query: { search?: string | undefined; name?: string | undefined; includeUsers: boolean },
      page: { number: number; size: number },
    ): Promise<DirectoryPage<AuthentikGroup>> {
      const { search, name, includeUsers } = query
      const { pagination, results } = await http.call<GroupPage>('groups_list', 'GET', '/core/groups/', {
        query: {
          ...{ page: page.number, page_size: page.size, ordering: 'name', search, name },
          ...{ include_users: includeUsers, include_children: false },
        },
      })
      return { items: results, next: pagination.next > 0 ? pagination.next : null }
    },

    retrieveGroup: (id: string) => http.call<AuthentikGroup>('groups_retrieve', 'GET', `/core/groups/${id}/`),

    createGroup: (name: string) =>
      http.call<AuthentikGroup>('groups_create', 'POST', '/core/groups/', { body: { name, is_superuser: false } }),

    updateGroup: (id: string, name: string) =>
      http.call<AuthentikGroup>('groups_update', 'PATCH', `/core/groups/${id}/`, { body: { name } }),

    deleteGroup: (id: string) => http.call<void>('groups_delete', 'DELETE', `/core/groups/${id}/`),

    addMember: (groupId: string, userId: number) =>
      http.call<void>('groups_add_user', 'POST', `/core/groups/${groupId}/add_user/`, { body: { pk: userId } }),

    removeMember: (groupId: string, userId: number) =>
      http.call<void>('groups_remove_user', 'POST', `/core/groups/${groupId}/remove_user/`, { body: { pk: userId } }),

    /** @throws AppError while it does not answer, or does not take the token. */
    async check(): Promise<void> {
      await http.call('groups_list', 'GET', '/core/groups/', { query: { page_size: 1, include_users: false } })
    },
    close: http.close,
  }
}
