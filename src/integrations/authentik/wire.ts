import type {
  EmailStage,
  Group,
  PaginatedEmailStageList,
  PaginatedGroupList,
  PaginatedUserList,
  PatchedUserRequest,
  User,
  UserRequest,
} from '@goauthentik/api'

type SnakeCase<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : Name

/** A published type as it travels: snake_case, times as RFC 3339. */
type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Name in keyof T as Name extends string ? SnakeCase<Name> : never]: Wire<T[Name]> }
      : T

export type AuthentikUser = Wire<Omit<User, 'attributes' | 'groupsObj' | 'rolesObj'>> & {
  groups_obj: { pk: string; name: string }[] | null
}
export type AuthentikGroup = Wire<Pick<Group, 'pk' | 'name' | 'isSuperuser' | 'users'>>
export type EmailStagePage = Pick<Wire<PaginatedEmailStageList>, 'pagination'> & {
  results: Wire<Pick<EmailStage, 'pk' | 'name'>>[]
}
export type UserPage = Pick<Wire<PaginatedUserList>, 'pagination'> & { results: AuthentikUser[] }
export type GroupPage = Pick<Wire<PaginatedGroupList>, 'pagination'> & { results: AuthentikGroup[] }
export type NewUser = Wire<Pick<UserRequest, 'username' | 'name' | 'email' | 'isActive' | 'path' | 'groups'>>
export type UserChange = Wire<Pick<PatchedUserRequest, 'username' | 'name' | 'email' | 'isActive' | 'groups'>>
