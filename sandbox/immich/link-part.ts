import { randomBytes, randomUUID } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { albumOwned, owned } from './access.ts'
import { linkToken } from './authentication.ts'
import type { Part } from './context.ts'
import { presentLink } from './presentation.ts'
import type { Link } from './records.ts'
import { noAccess, Refusal } from './refusal.ts'

type Settings = {
  description?: string | null
  password?: string | null
  expiresAt?: string | null
  allowDownload?: boolean
  showMetadata?: boolean
  changeExpiryTime?: boolean
}
type New = Settings & { type: 'ALBUM' | 'INDIVIDUAL'; albumId?: string; assetIds?: string[] }
type Id = { Params: { id: string } }

/** Shared links, for their owners and for those who come by them. */
export const linkPart: Part = (http, context) => {
  const { records, changed, authentication, version, now } = context
  const mine = (request: FastifyRequest<Id>, permission: string): Link => {
    const { user } = authentication.require(request, permission)
    const link = records.links.find(({ id, userId }) => id === request.params.id && userId === user.id)
    if (!link) throw noAccess(permission)
    return link
  }
  // 3 takes no empty text for nothing.
  const held = (settings: Settings): Settings => {
    if (version.major > 2 && (settings.description === '' || settings.password === '')) {
      throw new Refusal(400, 'Validation failed')
    }
    return settings
  }

  http.get('/shared-links', async (request) => {
    const { user } = authentication.require(request, 'sharedLink.read')
    return records.links.filter(({ userId }) => userId === user.id).map((link) => presentLink(context, link))
  })
  http.get<Id>('/shared-links/:id', async (request) => presentLink(context, mine(request, 'sharedLink.read')))
  http.post<{ Body: New }>('/shared-links', async (request, reply) => {
    const caller = authentication.require(request, 'sharedLink.create')
    const { type, albumId, assetIds = [], ...settings } = request.body
    if (albumId !== undefined) albumOwned(records, caller, albumId, 'album.share')
    owned(records, caller, assetIds, 'asset.share')
    const {
      description = null,
      password = null,
      expiresAt = null,
      allowDownload = true,
      showMetadata = true,
    } = held(settings)
    const link: Link = {
      ...{ id: randomUUID(), key: randomBytes(50).toString('base64url'), userId: caller.user.id, type },
      ...{ albumId: albumId ?? null, assetIds, description, password, expiresAt, showMetadata },
      // Who sees no metadata gets no originals, which bear them.
      ...{ allowDownload: allowDownload && showMetadata, createdAt: now().toISOString() },
    }
    records.links.push(link)
    changed()
    return reply.code(201).send(presentLink(context, link))
  })
  http.patch<Id & { Body: Settings }>('/shared-links/:id', async (request) => {
    const link = mine(request, 'sharedLink.update')
    const { expiresAt, changeExpiryTime, ...rest } = held(request.body)
    Object.assign(link, Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)))
    const isNever = version.major === 2 ? changeExpiryTime === true : expiresAt === null
    if (expiresAt) link.expiresAt = expiresAt
    else if (isNever) link.expiresAt = null
    changed()
    return presentLink(context, link)
  })
  http.delete<Id>('/shared-links/:id', async (request, reply) => {
    const link = mine(request, 'sharedLink.delete')
    records.links = records.links.filter((one) => one !== link)
    changed()
    return reply.code(204).send()
  })

  const cookieOf = (link: Link) => `immich_shared_link_token=${encodeURIComponent(linkToken(link))}; Path=/; HttpOnly`
  const visited = (request: FastifyRequest): Link => {
    const { link } = authentication.require(request, 'sharedLink.read', { isOpenToLinks: true })
    if (!link) throw new Refusal(403, 'Forbidden')
    return link
  }
  http.get<{ Querystring: { password?: string } }>('/shared-links/me', async (request, reply) => {
    const link = visited(request)
    const [, token] = /immich_shared_link_token=([^;]+)/.exec(request.headers.cookie ?? '') ?? []
    const isKnown = token !== undefined && decodeURIComponent(token) === linkToken(link)
    const isGiven = version.major === 2 && request.query.password === link.password
    if (link.password !== null && !isKnown && !isGiven) {
      throw new Refusal(401, version.major === 2 ? 'Invalid password' : 'Password required')
    }
    if (link.password !== null) reply.header('set-cookie', cookieOf(link))
    const shown = presentLink(context, link)
    return version.major === 2 ? shown : { ...shown, ...(link.type === 'ALBUM' && { assets: [] }) }
  })
  http.post<{ Body: { password: string } }>('/shared-links/login', async (request, reply) => {
    const link = visited(request)
    if (link.password !== request.body.password) throw new Refusal(401, 'Invalid password')
    return reply.code(201).header('set-cookie', cookieOf(link)).send(presentLink(context, link))
  })
}
