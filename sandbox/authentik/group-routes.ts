import { type Directory, type DirectoryGroup, presentedGroup } from './directory.ts'
import { type Call, notFound, pageOf, type Reply, type Route } from './exchange.ts'

/** `/core/groups/` and who is in each. */
export function groupRoutes(directory: Directory): Route[] {
  const one = (act: (group: DirectoryGroup, call: Call) => Reply) => (call: Call) => {
    const group = directory.group(call.parameters[0] ?? '')
    return group ? act(group, call) : notFound
  }
  const shown = (group: DirectoryGroup, status = 200): Reply => ({ status, body: presentedGroup(group, false) })

  return [
    {
      method: 'GET',
      pattern: /^\/core\/groups\/$/,
      answer({ query }) {
        const search = query.get('search')?.toLowerCase() ?? ''
        const named = query.get('name')
        const groups = directory.groups().filter(({ name }) => name.toLowerCase().includes(search))
        const wanted = groups.filter(({ name }) => named === null || name === named)
        const sorted = wanted.toSorted((a, b) => a.name.localeCompare(b.name))
        return pageOf(
          sorted.map((group) => presentedGroup(group, query.get('include_users') === 'true')),
          query,
        )
      },
    },
    { method: 'GET', pattern: /^\/core\/groups\/([0-9a-f-]+)\/$/, answer: one((group) => shown(group)) },
    {
      method: 'POST',
      pattern: /^\/core\/groups\/$/,
      answer: ({ body }) => taken(directory, body) ?? shown(directory.addGroup(String(body.name)), 201),
    },
    {
      method: 'PATCH',
      pattern: /^\/core\/groups\/([0-9a-f-]+)\/$/,
      answer: one((group, { body }) => {
        const refusal = taken(directory, body, group)
        if (refusal) return refusal
        group.name = String(body.name ?? group.name)
        directory.changed()
        return shown(group)
      }),
    },
    {
      method: 'DELETE',
      pattern: /^\/core\/groups\/([0-9a-f-]+)\/$/,
      answer: one((group) => {
        directory.removeGroup(group.pk)
        return { status: 204 }
      }),
    },
    membership(directory),
  ]
}

const membership = (directory: Directory): Route => ({
  method: 'POST',
  pattern: /^\/core\/groups\/([0-9a-f-]+)\/(add|remove)_user\/$/,
  answer({ parameters: [pk = '', act], body }) {
    const [group, user] = [directory.group(pk), directory.user(Number(body.pk))]
    if (!group || !user) return notFound
    const others = group.users.filter((member) => member !== user.pk)
    group.users = act === 'add' ? [...others, user.pk] : others
    directory.changed()
    return { status: 204 }
  },
})

const taken = (directory: Directory, { name }: Call['body'], self?: DirectoryGroup): Reply | undefined =>
  directory.groups().some((group) => group.name === name && group !== self)
    ? { status: 400, body: { name: ['group with this name already exists. It must be unique.'] } }
    : undefined
