import { type Directory, type DirectoryUser, presentedUser } from './directory.ts'
import { type Call, notFound, pageOf, type Reply, type Route } from './exchange.ts'

type UserRouteOptions = {
  /** The brand has a recovery flow. */
  hasRecovery: () => boolean
  emailStages: () => readonly { pk: string; name: string }[]
  onMail: (mail: { to: string; stage: string }) => void
}

/** `/core/users/`, the sessions of users, and the stages by which they are mailed to. */
export function userRoutes(directory: Directory, options: UserRouteOptions): Route[] {
  const one = (act: (user: DirectoryUser, call: Call) => Reply) => (call: Call) => {
    const user = directory.user(Number(call.parameters[0]))
    return user ? act(user, call) : notFound
  }
  const shown = (user: DirectoryUser): Reply => ({ status: 200, body: presentedUser(directory, user) })

  return [
    { method: 'GET', pattern: /^\/core\/users\/$/, answer: ({ query }) => pageOf(found(directory, query), query) },
    { method: 'GET', pattern: /^\/core\/users\/(\d+)\/$/, answer: one(shown) },
    { method: 'POST', pattern: /^\/core\/users\/$/, answer: ({ body }) => create(directory, body) },
    {
      method: 'PATCH',
      pattern: /^\/core\/users\/(\d+)\/$/,
      answer: one((user, { body }) => refusalOf(directory, body, user) ?? shown(changed(directory, user, body))),
    },
    {
      method: 'DELETE',
      pattern: /^\/core\/users\/(\d+)\/$/,
      answer: one((user) => {
        directory.removeUser(user.pk)
        return { status: 204 }
      }),
    },
    {
      method: 'POST',
      pattern: /^\/core\/users\/(\d+)\/recovery\/$/,
      answer: one((user) =>
        options.hasRecovery()
          ? { status: 200, body: { link: `http://authentik/auth/recovery/use-token/${user.uuid}/` } }
          : { status: 400, body: { non_field_errors: ['No recovery flow set.'] } },
      ),
    },
    {
      method: 'POST',
      pattern: /^\/core\/users\/(\d+)\/recovery_email\/$/,
      answer: one(({ email }, { body }) => {
        if (!email) return { status: 400, body: { non_field_errors: ['User does not have an email address set.'] } }
        if (!options.hasRecovery()) return { status: 400, body: { non_field_errors: ['No recovery flow set.'] } }
        const stage = options.emailStages().find(({ pk }) => pk === body.email_stage)
        if (!stage) return { status: 400, body: { email_stage: ['Object does not exist.'] } }
        options.onMail({ to: email, stage: stage.name })
        return { status: 204 }
      }),
    },
    {
      method: 'GET',
      pattern: /^\/stages\/email\/$/,
      answer: ({ query }) => pageOf(options.emailStages().map(presentedStage), query),
    },
    {
      method: 'DELETE',
      pattern: /^\/core\/authenticated_sessions\/bulk_delete\/$/,
      answer: ({ query }) => {
        const users = query.getAll('user_pks').flatMap((pk) => directory.user(Number(pk)) ?? [])
        const deleted = users.reduce((sum, { sessionCount }) => sum + sessionCount, 0)
        for (const user of users) user.sessionCount = 0
        directory.changed()
        return { status: 200, body: { deleted } }
      },
    },
  ]
}

const presentedStage = ({ pk, name }: { pk: string; name: string }) => ({
  ...{ pk, name, component: 'ak-stage-email-form', verbose_name: 'Email Stage', verbose_name_plural: 'Email Stages' },
  ...{ meta_model_name: 'authentik_stages_email.emailstage', flow_set: [], use_global_settings: true },
})

function found(directory: Directory, query: URLSearchParams) {
  const search = query.get('search')?.toLowerCase()
  const [uuid, isActive, group] = [query.get('uuid'), query.get('is_active'), query.get('groups_by_name')]
  return directory
    .users()
    .filter((user) => !search || `${user.username}\n${user.name}\n${user.email}`.toLowerCase().includes(search))
    .filter((user) => uuid === null || user.uuid === uuid)
    .filter((user) => isActive === null || String(user.isActive) === isActive)
    .filter((user) => group === null || directory.groupsOf(user.pk).some(({ name }) => name === group))
    .toSorted((one, other) => one.username.localeCompare(other.username))
    .map((user) => presentedUser(directory, user))
}

function create(directory: Directory, body: Call['body']): Reply {
  const refusal = refusalOf(directory, body)
  if (refusal) return refusal
  const text = (name: string) => String(body[name] ?? '')
  const user = directory.addUser({ username: text('username'), name: text('name'), email: text('email') })
  return { status: 201, body: presentedUser(directory, changed(directory, user, body)) }
}

function refusalOf(directory: Directory, { username, email }: Call['body'], self?: DirectoryUser): Reply | undefined {
  if (directory.users().some((user) => user.username === username && user !== self)) {
    return { status: 400, body: { username: ['This field must be unique.'] } }
  }
  if (typeof email === 'string' && email !== '' && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email)) {
    return { status: 400, body: { email: ['Enter a valid email address.'] } }
  }
  return undefined
}

function changed(directory: Directory, user: DirectoryUser, body: Call['body']): DirectoryUser {
  const { username, name, email, is_active: isActive, groups } = body
  if (typeof username === 'string') user.username = username
  if (typeof name === 'string') user.name = name
  if (typeof email === 'string') user.email = email
  if (typeof isActive === 'boolean') user.isActive = isActive
  if (Array.isArray(groups)) directory.setGroups(user.pk, groups.map(String))
  directory.changed()
  return user
}
