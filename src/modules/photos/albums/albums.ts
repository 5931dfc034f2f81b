import type { ImmichDialect } from '#integrations/immich/immich-dialect.ts'
import { Album, Albums as AlbumList, BulkResults, type ImmichAlbum, Users } from '#integrations/immich/immich-wire.ts'
import { AppError } from '#platform/errors.ts'
import type { Libraries, Library } from '../account/library.ts'
import type { CreatedOnce } from '../created-once.ts'

export type NewAlbum = { name: string; description?: string; asset_ids?: string[] }
export type AlbumChange = { name?: string; description?: string; cover_asset_id?: string }
export type Role = 'editor' | 'viewer'
export type Albums = ReturnType<typeof createAlbums>

/** Albums, one's own and those that others share. */
export function createAlbums({ libraries, createdOnce }: { libraries: Libraries; createdOnce: CreatedOnce }) {
  const find = ({ immich }: Library, id: string) => immich.call(Album, 'GET', `/albums/${id}`)

  async function view(ownerId: string, id: string) {
    const library = await libraries.of(ownerId)
    return presentAlbum(await find(library, id), library)
  }

  /** @throws AppError `photos.person_unknown` */
  async function userIdOf({ immich }: Library, email: string): Promise<string> {
    const users = await immich.call(Users, 'GET', '/users')
    const user = users.find((one) => one.email.toLowerCase() === email.toLowerCase())
    if (!user) throw personUnknown()
    return user.id
  }

  async function bulk({ immich }: Library, id: string, method: 'PUT' | 'DELETE', ids: readonly string[]) {
    const done = method === 'PUT' ? 'added' : 'removed'
    const results = await immich.call(BulkResults, method, `/albums/${id}/assets`, { body: { ids } })
    return results.map((one) => ({
      asset_id: one.id,
      outcome: one.success ? done : (outcomes[one.error ?? ''] ?? 'failed'),
    }))
  }

  return {
    view,

    async list(ownerId: string) {
      const library = await libraries.of(ownerId)
      const { immich, dialect } = library
      const lists = await Promise.all(
        dialect.albumQueries.map((query) => immich.call(AlbumList, 'GET', '/albums', { query })),
      )
      const byId = new Map(lists.flat().map((album) => [album.id, album]))
      const items = [...byId.values()].sort((a, b) => b.updatedAt.localeCompare(a.updatedAt))
      return { items: items.map((album) => presentAlbum(album, library)), next_cursor: null }
    },

    async create(ownerId: string, wanted: NewAlbum, key: string | undefined) {
      const { immich } = await libraries.of(ownerId)
      const body = { albumName: wanted.name, description: wanted.description, assetIds: wanted.asset_ids }
      const create = async () => (await immich.call(Album, 'POST', '/albums', { body })).id
      const remove = (id: string) => immich.tell('DELETE', `/albums/${id}`)
      return view(ownerId, await createdOnce({ ownerId, scope: 'photos.albums', key, body: wanted, create, remove }))
    },

    async change(ownerId: string, id: string, change: AlbumChange) {
      const { immich } = await libraries.of(ownerId)
      const { name: albumName, description, cover_asset_id: albumThumbnailAssetId } = change
      await immich.tell('PATCH', `/albums/${id}`, { body: { albumName, description, albumThumbnailAssetId } })
      return view(ownerId, id)
    },

    /** What was in it stays. */
    async delete(ownerId: string, id: string): Promise<void> {
      const { immich } = await libraries.of(ownerId)
      await immich.tell('DELETE', `/albums/${id}`)
    },

    /** Each asset has its outcome: one that is not there keeps none of the others. */
    async changeContent(ownerId: string, id: string, { add = [], remove = [] }: { add?: string[]; remove?: string[] }) {
      const library = await libraries.of(ownerId)
      const added = add.length > 0 ? await bulk(library, id, 'PUT', add) : []
      const removed = remove.length > 0 ? await bulk(library, id, 'DELETE', remove) : []
      return { items: [...added, ...removed] }
    },

    /** Shares it with somebody, or gives them another role. @throws AppError `photos.person_unknown` */
    async share(ownerId: string, id: string, { email, role }: { email: string; role: Role }) {
      const library = await libraries.of(ownerId)
      const { immich, dialect } = library
      const [album, userId] = [await find(library, id), await userIdOf(library, email)]
      if (dialect.membersOf(album).some(({ user }) => user.id === userId)) {
        await immich.tell('PUT', `/albums/${id}/user/${userId}`, { body: { role } })
      } else {
        await immich.tell('PUT', `/albums/${id}/users`, { body: { albumUsers: [{ userId, role }] } })
      }
      return view(ownerId, id)
    },

    /** Takes it away from somebody; `me` leaves another's album. */
    async unshare(ownerId: string, id: string, userId: string): Promise<void> {
      const { immich } = await libraries.of(ownerId)
      await immich.tell('DELETE', `/albums/${id}/user/${userId}`)
    },
  }
}

const outcomes: Readonly<Record<string, string>> = {
  duplicate: 'was_there',
  not_found: 'not_found',
  // Whose it is, is nobody's business.
  no_permission: 'not_found',
}

function presentAlbum(album: ImmichAlbum, { dialect, userId }: { dialect: ImmichDialect; userId: string }) {
  const owner = dialect.ownerOf(album)
  return {
    id: album.id,
    name: album.albumName,
    description: album.description,
    cover_asset_id: album.albumThumbnailAssetId ?? null,
    asset_count: album.assetCount,
    starts_at: album.startDate ? new Date(album.startDate).toISOString() : null,
    ends_at: album.endDate ? new Date(album.endDate).toISOString() : null,
    is_mine: owner?.id === userId,
    owner: owner ? { user_id: owner.id, name: owner.name, email: owner.email } : null,
    members: dialect
      .membersOf(album)
      .map(({ user: { id: user_id, name, email }, role }) => ({ user_id, name, email, role })),
    has_link: album.hasSharedLink ?? false,
    created_at: new Date(album.createdAt).toISOString(),
    updated_at: new Date(album.updatedAt).toISOString(),
  }
}

const personUnknown = () =>
  new AppError(
    'not_found',
    'photos.person_unknown',
    'Nobody with this address has photos here yet; they get an account when they first look at theirs.',
  )
