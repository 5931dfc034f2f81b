import { randomBytes, randomUUID } from 'node:crypto'
import type { Part } from './context.ts'
import { presentUser } from './presentation.ts'
import { Refusal } from './refusal.ts'

type NewUser = { email: string; name: string; password: string }

/** The server, signing in, people's accounts and their API keys. */
export const userPart: Part = (http, { records, changed, authentication, version, onNewUser }) => {
  const admin = (request: Parameters<typeof authentication.require>[0], permission: string) => {
    const { user } = authentication.require(request, permission)
    if (!user.isAdmin) throw new Refusal(403, 'Forbidden')
  }
  const knownPermissions = (asked: readonly string[]) => version.major > 2 || !asked.includes('map.read')

  http.get('/server/ping', async () => ({ res: 'pong' }))
  http.get('/server/version', async () => ({ ...version, prerelease: null }))

  http.post<{ Body: { email: string; password: string } }>('/auth/login', async ({ body }, reply) => {
    const { accessToken, user } = authentication.signIn(body.email, body.password)
    return reply.code(201).send({ accessToken, userId: user.id, userEmail: user.email, name: user.name })
  })
  http.post('/auth/logout', async ({ headers }) => ({ successful: authentication.signOut(headers.authorization) }))

  http.post<{ Body: NewUser }>('/admin/users', async (request, reply) => {
    admin(request, 'adminUser.create')
    const { email, name, password } = request.body
    if (records.users.some((one) => one.email === email.toLowerCase())) throw new Refusal(400, 'User exists')
    const user = { id: randomUUID(), email: email.toLowerCase(), name, password, isAdmin: false, quotaBytes: null }
    records.users.push(user)
    await onNewUser(user)
    changed()
    return reply.code(201).send(presentUser(user))
  })
  http.put<{ Params: { id: string }; Body: Partial<NewUser> }>('/admin/users/:id', async (request) => {
    admin(request, 'adminUser.update')
    const user = records.users.find(({ id }) => id === request.params.id)
    if (!user) throw new Refusal(400, 'User not found')
    Object.assign(user, request.body.password ? { password: request.body.password } : {})
    changed()
    return presentUser(user)
  })
  http.delete<{ Params: { id: string }; Body: { force?: boolean } }>('/admin/users/:id', async (request) => {
    admin(request, 'adminUser.delete')
    const user = records.users.find(({ id }) => id === request.params.id)
    if (!user) throw new Refusal(400, 'User not found')
    if (request.body.force !== true) throw new Refusal(400, 'Deletion later on is not known here')
    records.users = records.users.filter(({ id }) => id !== user.id)
    records.keys = records.keys.filter(({ userId }) => userId !== user.id)
    records.assets = records.assets.filter(({ ownerId }) => ownerId !== user.id)
    changed()
    return presentUser(user)
  })
  http.get('/admin/users', async (request) => {
    admin(request, 'adminUser.read')
    return records.users.map(presentUser)
  })

  http.get('/users', async (request) => {
    authentication.require(request, 'user.read')
    return records.users.map(presentUser)
  })
  http.get('/users/me', async (request) => {
    const { user } = authentication.require(request, 'user.read')
    const used = records.assets.filter(({ ownerId }) => ownerId === user.id).reduce((sum, { size }) => sum + size, 0)
    return { ...presentUser(user), quotaSizeInBytes: user.quotaBytes, quotaUsageInBytes: used }
  })

  http.post<{ Body: { name: string; permissions: string[] } }>('/api-keys', async (request, reply) => {
    const { user } = authentication.require(request, 'apiKey.create')
    const { permissions, name } = request.body
    if (!knownPermissions(permissions)) throw new Refusal(400, 'each value in permissions must be a valid enum value')
    const key = { id: randomUUID(), userId: user.id, secret: randomBytes(32).toString('base64url'), permissions }
    records.keys.push(key)
    changed()
    return reply.code(201).send({ secret: key.secret, apiKey: { id: key.id, name, permissions } })
  })
  http.delete<{ Params: { id: string } }>('/api-keys/:id', async (request, reply) => {
    const { user } = authentication.require(request, 'apiKey.delete')
    records.keys = records.keys.filter(({ id, userId }) => id !== request.params.id || userId !== user.id)
    changed()
    return reply.code(204).send()
  })
}
