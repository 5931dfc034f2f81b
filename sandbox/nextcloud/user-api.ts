import { OcsError, type OcsRequest, type OcsRoute } from './ocs.ts'
import type { People, Person } from './people.ts'

export type UserApiDeps = {
  people: People
  usedBy: (uid: string) => number
  /** Called when somebody is made. */
  onNew: (person: Person) => void
}

/** What OCS tells of users, and how an administrator makes them. */
export function userApi({ people, usedBy, onNew }: UserApiDeps): OcsRoute[] {
  function requireAdmin({ person }: OcsRequest): void {
    if (!person.isAdmin) throw new OcsError(403, 'Logged in account must be an admin')
  }

  function changedBy(request: OcsRequest, change: (person: Person) => void): void {
    requireAdmin(request)
    const person = people.find(request.parameters[0] ?? '')
    if (!person) throw new OcsError(404, 'User does not exist')
    change(person)
    people.changed()
  }

  const presented = (person: Person) => ({
    ...{ id: person.uid, enabled: person.isEnabled, displayname: person.displayName, email: person.email },
    ...{ groups: person.groups, backend: person.backend, language: 'en', locale: '' },
    quota: quotaOf(person, usedBy(person.uid)),
  })

  /** What others see. */
  const publicly = ({ uid, displayName, email }: Person) => ({ id: uid, displayname: displayName, email })

  return [
    { method: 'GET', pattern: /^\/cloud\/user$/, answer: ({ person }) => presented(person) },
    {
      method: 'GET',
      pattern: /^\/cloud\/users\/([^/]+)$/,
      answer: ({ person, parameters: [uid = ''] }) => {
        const found = people.find(uid)
        if (!found) throw new OcsError(404, 'User does not exist')
        return person.isAdmin || found === person ? presented(found) : publicly(found)
      },
    },
    {
      method: 'GET',
      pattern: /^\/cloud\/users$/,
      answer: (request) => {
        requireAdmin(request)
        return { users: people.list().map(({ uid }) => uid) }
      },
    },
    {
      method: 'POST',
      pattern: /^\/apps\/user_oidc\/api\/v1\/user$/,
      answer: (request) => {
        requireAdmin(request)
        const uid = request.get('userId')
        if (!uid || !request.get('providerId')) throw new OcsError(400)
        const known = people.find(uid)
        const person = known ?? people.add({ uid, backend: 'user_oidc' })
        person.displayName = request.get('displayName') ?? person.displayName
        person.email = request.get('email') ?? person.email
        const quota = request.get('quota')
        if (quota !== undefined) person.quota = /^\d+$/.test(quota) ? Number(quota) : null
        people.changed()
        if (!known) onNew(person)
        return { user_id: person.uid }
      },
    },
    {
      method: 'PUT',
      pattern: /^\/cloud\/users\/([^/]+)\/(enable|disable)$/,
      answer: (request) => {
        changedBy(request, (person) => {
          person.isEnabled = request.parameters[1] === 'enable'
        })
      },
    },
    {
      method: 'PUT',
      pattern: /^\/cloud\/users\/([^/]+)$/,
      answer: (request) => {
        changedBy(request, (person) => {
          if (request.get('key') !== 'quota') throw new OcsError(400)
          person.quota = /^\d+$/.test(request.get('value') ?? '') ? Number(request.get('value')) : null
        })
      },
    },
    {
      method: 'DELETE',
      pattern: /^\/cloud\/users\/([^/]+)$/,
      answer: (request) => {
        changedBy(request, ({ uid }) => people.remove(uid))
      },
    },
    {
      method: 'DELETE',
      pattern: /^\/core\/apppassword$/,
      answer: ({ person, password }) => {
        const at = person.appPasswords.findIndex((one) => one.password === password)
        if (at < 0) throw new OcsError(403, 'no app password in use')
        person.appPasswords.splice(at, 1)
        people.changed()
      },
    },
    {
      method: 'GET',
      pattern: /^\/cloud\/groups$/,
      answer: ({ get }) => {
        const groups = new Set(people.list().flatMap((person) => person.groups))
        return { groups: [...groups].filter((group) => group.includes(get('search') ?? '')) }
      },
    },
    { method: 'GET', pattern: /^\/cloud\/capabilities$/, answer: () => capabilities },
  ]
}

function quotaOf({ quota }: Person, used: number) {
  const total = quota ?? 1_000_000_000_000
  return {
    ...{ free: Math.max(0, total - used), used, total, quota: quota ?? -3 },
    relative: Math.round((10_000 * used) / total) / 100,
  }
}

export const version = { major: 31, minor: 0, micro: 2, string: '31.0.2', edition: '', extendedSupport: false }

const capabilities = {
  version,
  capabilities: {
    core: { 'webdav-root': 'remote.php/webdav', 'reference-api': true },
    dav: { chunking: '1.0', bulkupload: '1.0' },
    files: {
      bigfilechunking: true,
      versioning: true,
      undelete: true,
      favorites: true,
      blacklisted_files: ['.htaccess'],
    },
    files_sharing: {
      api_enabled: true,
      public: { enabled: true, password: { enforced: false }, expire_date: { enabled: false }, upload: true },
      resharing: true,
    },
  },
}
