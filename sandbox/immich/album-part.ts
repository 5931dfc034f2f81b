import { randomUUID } from 'node:crypto'
import { albumOwned, albumSeen, isMember, maySee, owned } from './access.ts'
import type { Caller } from './authentication.ts'
import type { Part } from './context.ts'
import { presentAlbum } from './presentation.ts'
import type { Album } from './records.ts'
import { noAccess, Refusal } from './refusal.ts'

type Id = { Params: { id: string } }
type New = { albumName: string; description?: string; assetIds?: string[] }
type Change = { albumName?: string; description?: string; albumThumbnailAssetId?: string }

/** Albums and whom they are shared with. */
export const albumPart: Part = (http, context) => {
  const { records, changed, authentication, version, now } = context
  const touch = (album: Album) => {
    album.updatedAt = now().toISOString()
    changed()
  }
  const mayEdit = (album: Album, { user }: Caller) =>
    album.ownerId === user.id || album.members.some(({ userId, role }) => userId === user.id && role === 'editor')

  http.get<{ Querystring: { shared?: string } }>('/albums', async (request) => {
    const { user } = authentication.require(request, 'album.read')
    const { shared } = request.query
    // Without a query 2 answers those that the user owns, and 3 all.
    const isListed = (album: Album) => {
      if (version.major > 2) return isMember(album, user.id)
      if (shared === 'true') return isMember(album, user.id) && album.members.length > 0
      return album.ownerId === user.id
    }
    return records.albums.filter(isListed).map((album) => presentAlbum(context, album))
  })
  http.post<{ Body: New }>('/albums', async (request, reply) => {
    const caller = authentication.require(request, 'album.create')
    const { albumName: name, description = '', assetIds = [] } = request.body
    owned(records, caller, assetIds, 'asset.share')
    const at = now().toISOString()
    const album: Album = {
      ...{ id: randomUUID(), ownerId: caller.user.id, name, description, assetIds: [...assetIds] },
      ...{ members: [], coverId: null, createdAt: at, updatedAt: at },
    }
    records.albums.push(album)
    changed()
    return reply.code(201).send(presentAlbum(context, album))
  })
  http.get<Id>('/albums/:id', async (request) => {
    const caller = authentication.require(request, 'album.read', { isOpenToLinks: true })
    return presentAlbum(context, albumSeen(records, caller, request.params.id))
  })
  http.patch<Id & { Body: Change }>('/albums/:id', async (request) => {
    const caller = authentication.require(request, 'album.update')
    const album = albumOwned(records, caller, request.params.id, 'album.update')
    const { albumName, description, albumThumbnailAssetId: cover } = request.body
    if (cover !== undefined && !album.assetIds.includes(cover)) throw new Refusal(400, 'Invalid album thumbnail')
    if (albumName !== undefined) album.name = albumName
    if (description !== undefined) album.description = description
    if (cover !== undefined) album.coverId = cover
    touch(album)
    return presentAlbum(context, album)
  })
  http.delete<Id>('/albums/:id', async (request, reply) => {
    const caller = authentication.require(request, 'album.delete')
    const album = albumOwned(records, caller, request.params.id, 'album.delete')
    records.albums = records.albums.filter((one) => one !== album)
    records.links = records.links.filter(({ albumId }) => albumId !== album.id)
    changed()
    return reply.code(204).send()
  })

  http.put<Id & { Body: { ids: string[] } }>('/albums/:id/assets', async (request) => {
    const caller = authentication.require(request, 'albumAsset.create')
    const album = albumSeen(records, caller, request.params.id)
    if (!mayEdit(album, caller)) throw noAccess('albumAsset.create')
    return request.body.ids.map((id) => {
      if (album.assetIds.includes(id)) return { id, success: false, error: 'duplicate' }
      const asset = records.assets.find((one) => one.id === id)
      if (!asset || !maySee(records, caller, asset)) return { id, success: false, error: 'no_permission' }
      album.assetIds.push(id)
      touch(album)
      return { id, success: true }
    })
  })
  http.delete<Id & { Body: { ids: string[] } }>('/albums/:id/assets', async (request) => {
    const caller = authentication.require(request, 'albumAsset.delete')
    const album = albumSeen(records, caller, request.params.id)
    if (!mayEdit(album, caller)) throw noAccess('albumAsset.delete')
    return request.body.ids.map((id) => {
      if (!album.assetIds.includes(id)) return { id, success: false, error: 'not_found' }
      album.assetIds = album.assetIds.filter((one) => one !== id)
      touch(album)
      return { id, success: true }
    })
  })

  type Users = { albumUsers: { userId: string; role?: string }[] }
  http.put<Id & { Body: Users }>('/albums/:id/users', async (request) => {
    const caller = authentication.require(request, 'albumUser.create')
    const album = albumOwned(records, caller, request.params.id, 'album.share')
    for (const { userId, role = 'editor' } of request.body.albumUsers) {
      if (album.ownerId === userId) throw new Refusal(400, 'Cannot be shared with owner')
      if (isMember(album, userId)) throw new Refusal(400, 'User already added')
      album.members.push({ userId, role })
    }
    touch(album)
    return presentAlbum(context, album)
  })
  type Member = { Params: { id: string; userId: string } }
  http.put<Member & { Body: { role: string } }>('/albums/:id/user/:userId', async (request, reply) => {
    const caller = authentication.require(request, 'albumUser.update')
    const album = albumOwned(records, caller, request.params.id, 'album.share')
    const member = album.members.find(({ userId }) => userId === request.params.userId)
    if (!member) throw new Refusal(400, 'Album user not found')
    member.role = request.body.role
    touch(album)
    return reply.code(204).send()
  })
  http.delete<Member>('/albums/:id/user/:userId', async (request, reply) => {
    const caller = authentication.require(request, 'albumUser.delete')
    const album = albumSeen(records, caller, request.params.id)
    const userId = request.params.userId === 'me' ? caller.user.id : request.params.userId
    if (album.ownerId !== caller.user.id && userId !== caller.user.id) throw noAccess('album.share')
    if (!album.members.some((one) => one.userId === userId))
      throw new Refusal(400, 'Album not shared with user: not found')
    album.members = album.members.filter((one) => one.userId !== userId)
    touch(album)
    return reply.code(204).send()
  })
}
