import type { AuthentikUser } from '#integrations/authentik/authentik-client.ts'
import type { PermissionTable } from '#platform/auth/permissions.ts'
import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { once } from '#platform/http/idempotency.ts'
import { type Caller, recordChange } from '../changes.ts'
import type { PresentedQuotas } from '../quotas/person-quotas.ts'
import { type Directory, groupNamesOf, type Listed } from './directory.ts'
import type { OutsideWords } from './outside-access.ts'
import { type PersonRow, personStore as store } from './person-store.ts'
import type { NewPersonBody, Person, PersonChangeBody } from './person-wire.ts'
import { requireNoMorePrivilege } from './privilege.ts'

/** What a module knows of people: counts and bytes by name. Whoever has nothing may be left out. */
export type PersonUsage = (personIds: readonly string[]) => Promise<ReadonlyMap<string, Record<string, number>>>

export type PeopleDeps = {
  database: Database
  transact: Transact
  /** Undefined where people are administered elsewhere. */
  directory: Directory | undefined
  outside: Pick<OutsideWords, 'states'>
  usage: readonly PersonUsage[]
  presentedQuotas: Pick<PresentedQuotas, 'present'>
  permissionTable: PermissionTable
}

export type PersonQuery = {
  search?: string | undefined
  group?: string | undefined
  isActive?: boolean | undefined
  limit: number
  cursor: string | undefined
}

export type People = ReturnType<typeof createPeople>

/** People as their administrators see them: the directory's word, and what the suite knows of each. */
export function createPeople(deps: PeopleDeps) {
  const { database, transact, directory } = deps

  async function presented(rows: readonly PersonRow[], users = new Map<string, AuthentikUser>()): Promise<Person[]> {
    const ids = rows.map(({ id }) => id)
    const [states, ...usages] = await Promise.all([deps.outside.states(ids), ...deps.usage.map((usage) => usage(ids))])
    const usageOf = (id: string) => Object.assign({}, ...usages.map((usage) => usage.get(id)))
    const quotas = await deps.presentedQuotas.present(new Map(ids.map((id) => [id, usageOf(id)])))
    return rows.map((row) => ({
      ...personOf(row, users.get(row.id)),
      ...{ usage: usageOf(row.id), quotas: quotas.get(row.id) ?? [] },
      outside: states
        .filter((state) => state.owner_id === row.id)
        .map(({ system, is_heard, error_code }) => ({ system, is_heard, error_code })),
    }))
  }

  async function listDirectory({ list }: Directory, { limit, cursor, ...query }: PersonQuery) {
    const [number] = cursor === undefined ? [1] : decodeCursor(cursor, ['number'])
    const { items, next } = await list(query, { number: Math.max(1, number), size: limit })
    const rows = new Map((await store.findMany(database, items.map(idOf))).map((row) => [row.id, row]))
    const sorted = items.flatMap(({ personId }) => rows.get(personId) ?? [])
    const users = new Map(items.map(({ personId, user }) => [personId, user]))
    return { items: await presented(sorted, users), next_cursor: next === null ? null : encodeCursor([next]) }
  }

  async function listKnown({ limit, cursor, isActive, ...query }: PersonQuery) {
    const [after] = cursor === undefined ? [undefined] : decodeCursor(cursor, ['uuid'])
    const isSuspended = isActive === undefined ? undefined : !isActive
    const rows = await store.list(database, { ...query, isSuspended }, { after, limit: limit + 1 })
    const shown = rows.slice(0, limit)
    const last = shown.at(-1)
    return { items: await presented(shown), next_cursor: rows.length > limit && last ? encodeCursor([last.id]) : null }
  }

  async function view(personId: string): Promise<Person> {
    const row = await store.find(database, personId)
    const user = await directory?.find(personId).catch(ignoreAbsence)
    const [person] = row ? await presented([row], new Map(user ? [[personId, user]] : [])) : []
    if (!person) throw notFound('person')
    return person
  }

  async function insert(tx: Tx, caller: Caller, { groups = [], ...given }: NewPersonBody): Promise<{ id: string }> {
    const { user, personId } = await required(directory).create(tx, { ...given, groupNames: groups })
    const after = wordOf(user)
    await recordChange(tx, caller, {
      ...{ ownerId: personId, action: 'admin.person_created', target: personId, before: null, after },
    })
    return { id: personId }
  }

  return {
    list: (query: PersonQuery) => (directory ? listDirectory(directory, query) : listKnown(query)),

    /** @throws AppError `not_found`. */
    view,

    /**
     * Makes somebody known before their first sign-in.
     * @throws AppError `admin.directory_off`, `auth.forbidden`, `admin.name_taken`, `admin.unknown_group`.
     */
    async create(caller: Caller, body: NewPersonBody, idempotencyKey: string | undefined): Promise<Person> {
      requireNoMorePrivilege(caller.actor, body.groups ?? [], deps.permissionTable)
      const request = { ownerId: caller.actor.personId, scope: 'admin.people', key: idempotencyKey, body }
      const answer = await transact((tx) =>
        once(tx, request, async () => ({ status: 201, body: await insert(tx, caller, body) })),
      )
      return view(answer.body.id)
    },

    /** @throws AppError `not_found`, `admin.directory_off`, `auth.forbidden`, `admin.name_taken`. */
    async update(caller: Caller, personId: string, change: PersonChangeBody): Promise<Person> {
      const { groups, ...names } = change
      const user = await required(directory).find(personId)
      const before = wordOf(user)
      requireNoMorePrivilege(caller.actor, [...before.groups, ...(groups ?? [])], deps.permissionTable)
      const updated = await required(directory).update(user.pk, { ...names, ...(groups && { groupNames: groups }) })
      const after = wordOf(updated)
      await transact(async (tx) => {
        await store.setDirectoryWord(tx, personId, { ...after, displayName: after.name })
        const action = 'admin.person_updated'
        await recordChange(tx, caller, { ownerId: personId, action, target: personId, before, after })
      })
      return view(personId)
    },

    /**
     * A link by which the person chooses a password.
     * @throws AppError `not_found`, `admin.directory_off`, `auth.forbidden`, `admin.invitations_off`.
     */
    async invite(caller: Caller, personId: string): Promise<{ url: string }> {
      const user = await required(directory).find(personId)
      requireNoMorePrivilege(caller.actor, groupNamesOf(user), deps.permissionTable)
      const url = await required(directory).invite(personId)
      const action = 'admin.person_invited'
      await recordChange(database, caller, { ownerId: personId, action, target: personId, before: null, after: null })
      return { url }
    },

    /**
     * Has that link mailed to the person; with the same idempotency key once.
     * @throws AppError `not_found`, `admin.directory_off`, `auth.forbidden`, `admin.no_address`, `admin.invitations_off`.
     */
    async mailInvitation(caller: Caller, personId: string, idempotencyKey: string | undefined) {
      const user = await required(directory).find(personId)
      requireNoMorePrivilege(caller.actor, groupNamesOf(user), deps.permissionTable)
      const scope = 'admin.invitation_mails'
      const request = { ownerId: caller.actor.personId, scope, key: idempotencyKey, body: { personId } }
      const { body } = await transact((tx) =>
        once(tx, request, async () => {
          const email = await required(directory).mailInvitation(personId)
          const after = { mailed_to: email }
          const action = 'admin.person_invited'
          await recordChange(tx, caller, { ownerId: personId, action, target: personId, before: null, after })
          return { status: 202, body: { email } }
        }),
      )
      return body
    },
  }
}

const idOf = ({ personId }: Listed): string => personId

function personOf(row: PersonRow, user: AuthentikUser | undefined) {
  const { id, username, display_name: name, email, groups } = row
  return {
    ...(user ? { id, ...wordOf(user) } : { id, username, name, email, groups }),
    is_active: row.suspended_at === null && user?.is_active !== false,
    suspended_at: row.suspended_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    last_seen_at: row.last_seen_at?.toISOString() ?? null,
  }
}

const wordOf = (user: AuthentikUser) => ({
  ...{ username: user.username, name: user.name || null, email: user.email || null, groups: groupNamesOf(user) },
})

function ignoreAbsence(error: unknown): undefined {
  if (error instanceof AppError && error.kind === 'not_found') return undefined
  throw error
}

export function required<T>(directory: T | undefined): T {
  if (directory) return directory
  throw new AppError(
    'conflict',
    'admin.directory_off',
    'People are not administered here; set AUTHENTIK_URL and AUTHENTIK_API_TOKEN, or do it at your sign-in service.',
  )
}
