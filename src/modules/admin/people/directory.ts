import type { AuthentikClient, AuthentikUser, NewUser, UserChange } from '#integrations/authentik/authentik-client.ts'
import type { Issuer } from '#platform/auth/issuer.ts'
import type { Database, Queryable } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { type DirectoryLink, personStore as store } from './person-store.ts'

/** What Authentik puts into `sub` of its tokens. */
export type SubjectKind = 'user_uuid' | 'user_id' | 'user_username' | 'user_email' | 'hashed_user_id'

/** Somebody of the directory, with the person that they are here. */
export type Listed = { personId: string; user: AuthentikUser }

export type Directory = ReturnType<typeof createDirectory>

/**
 * Authentik's users as people of ultid. Whoever is seen there is made a person here, so that everybody has one id from
 * the first look on. Pages of Authentik are numbered, and so are ours.
 */
export function createDirectory(deps: {
  database: Database
  client: AuthentikClient
  discover: () => Promise<Pick<Issuer, 'name'>>
  subject: SubjectKind
}) {
  const { database, client, subject } = deps

  async function link(db: Queryable, users: readonly AuthentikUser[]): Promise<Listed[]> {
    const { name: issuer } = await deps.discover()
    const ids = await store.link(db, issuer, users.map(linkOf))
    return users.map((user) => ({ user, personId: ids.get(subjectOf(user, subject)) ?? '' }))
  }

  const linkOf = (user: AuthentikUser): DirectoryLink => ({
    ...{ subject: subjectOf(user, subject), directoryId: user.pk, username: user.username },
    ...{ email: user.email || null, displayName: user.name || null, groups: groupNamesOf(user) },
  })

  /** A person who came before the directory was looked at. */
  async function search(person: { subject: string; username: string | null; email: string | null }) {
    const first = { number: 1, size: 20 }
    const uuid = subject === 'user_uuid' ? person.subject : undefined
    const found = await client.listUsers({ uuid, search: uuid ? undefined : (person.username ?? undefined) }, first)
    return found.items.find((user) => subjectOf(user, subject) === person.subject)
  }

  return {
    async list(
      query: { search?: string | undefined; group?: string | undefined; isActive?: boolean | undefined },
      page: {
        number: number
        size: number
      },
    ): Promise<{ items: Listed[]; next: number | null }> {
      const { items, next } = await client.listUsers(query, page)
      return { items: await link(database, items), next }
    },

    /** @throws AppError `not_found` when the person is not, or no longer, in the directory. */
    async find(personId: string): Promise<AuthentikUser> {
      const person = await store.find(database, personId)
      if (!person) throw notFound('person')
      if (person.directory_id !== null) return client.retrieveUser(person.directory_id)
      const user = await search(person)
      if (!user) throw notFound('person in the directory')
      await link(database, [user])
      return user
    },

    /** @throws AppError `admin.name_taken`, `admin.directory_refused`, `admin.unknown_group`. */
    async create(db: Queryable, user: NewUser & { groupNames: readonly string[] }): Promise<Listed> {
      const { groupNames, ...given } = user
      const groups = await groupIds(client, groupNames)
      const [made] = await link(db, [await client.createUser({ ...given, groups })])
      if (!made) throw new Error('The new user was not linked.')
      return made
    },

    async update(userId: number, { groupNames, ...change }: UserChange & { groupNames?: readonly string[] }) {
      const groups = groupNames && (await groupIds(client, groupNames))
      return client.updateUser(userId, { ...change, ...(groups && { groups }) })
    },

    async setActive(personId: string, isActive: boolean): Promise<void> {
      const user = await this.find(personId)
      if (user.is_active !== isActive) await client.updateUser(user.pk, { is_active: isActive })
      if (!isActive) await client.endSessions(user.pk)
    },

    async invite(personId: string): Promise<string> {
      const user = await this.find(personId)
      return client.createRecoveryLink(user.pk).catch((error) => {
        throw error instanceof AppError && error.kind === 'unprocessable' ? noRecoveryFlow() : error
      })
    },

    /** @returns the address to which Authentik mails the link. @throws AppError `admin.no_address`, `admin.invitations_off` */
    async mailInvitation(personId: string): Promise<string> {
      const user = await this.find(personId)
      if (!user.email) throw noAddress()
      const isMailed = await client.mailRecoveryLink(user.pk).catch((error) => {
        throw error instanceof AppError && error.kind === 'unprocessable' ? noRecoveryFlow() : error
      })
      if (!isMailed) throw noEmailStage()
      return user.email
    },

    async remove(personId: string): Promise<void> {
      await client.deleteUser((await this.find(personId)).pk)
    },
  }
}

export const groupNamesOf = (user: AuthentikUser): string[] => (user.groups_obj ?? []).map(({ name }) => name).sort()

function subjectOf(user: AuthentikUser, kind: SubjectKind): string {
  const subjects = {
    ...{ user_uuid: user.uuid, user_id: String(user.pk), user_username: user.username },
    ...{ user_email: user.email ?? '', hashed_user_id: user.uid },
  }
  return subjects[kind]
}

async function groupIds(client: AuthentikClient, names: readonly string[]): Promise<string[]> {
  const ids: string[] = []
  for (const name of names) {
    const { items } = await client.listGroups({ name, includeUsers: false }, { number: 1, size: 1 })
    if (!items[0]) throw unknownGroup(name)
    ids.push(items[0].pk)
  }
  return ids
}

const unknownGroup = (name: string) =>
  new AppError('unprocessable', 'admin.unknown_group', `There is no group "${name}"; make it first.`)

const noAddress = () =>
  new AppError('conflict', 'admin.no_address', 'The directory knows no address of this person; give them one first.')

const noEmailStage = () =>
  new AppError(
    'conflict',
    'admin.invitations_off',
    'Authentik has no email stage to send mail by; make one, or pass the link of POST …/invitation on yourself.',
  )

const noRecoveryFlow = () =>
  new AppError(
    'conflict',
    'admin.invitations_off',
    'Authentik makes no links by which people choose a password; give its brand a recovery flow.',
  )
