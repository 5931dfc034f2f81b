import { type ImmichSharedLink, SharedLink, SharedLinks } from '#integrations/immich/immich-wire.ts'
import { AppError } from '#platform/errors.ts'
import type { Libraries } from '../account/library.ts'
import type { CreatedOnce } from '../created-once.ts'

export type LinkChange = {
  description?: string | null
  password?: string | null
  expires_at?: string | null
  allow_download?: boolean
  show_metadata?: boolean
}
export type NewLink = LinkChange & { album_id?: string; asset_ids?: string[] }
export type Links = ReturnType<typeof createLinks>

/** Links by which people without an account see an album or some assets. Immich keeps them; ultid leads there. */
export function createLinks(deps: { libraries: Libraries; createdOnce: CreatedOnce; publicUrl: string }) {
  const { libraries, createdOnce, publicUrl } = deps

  const present = (link: ImmichSharedLink) => ({
    id: link.id,
    kind: link.type === 'ALBUM' ? ('album' as const) : ('assets' as const),
    url: `${publicUrl}/api/v1/photos/shared/${link.key}`,
    album: link.album ? { id: link.album.id, name: link.album.albumName } : null,
    asset_ids: link.type === 'ALBUM' ? [] : (link.assets ?? []).map(({ id }) => id),
    description: link.description ?? null,
    has_password: Boolean(link.password),
    allow_download: link.allowDownload,
    show_metadata: link.showMetadata,
    expires_at: link.expiresAt ? new Date(link.expiresAt).toISOString() : null,
    created_at: new Date(link.createdAt).toISOString(),
  })

  async function view(ownerId: string, id: string) {
    const { immich } = await libraries.of(ownerId)
    return present(await immich.call(SharedLink, 'GET', `/shared-links/${id}`))
  }

  return {
    view,

    async list(ownerId: string) {
      const { immich } = await libraries.of(ownerId)
      const links = await immich.call(SharedLinks, 'GET', '/shared-links')
      return { items: links.map(present), next_cursor: null }
    },

    /** @throws AppError `invalid_request_body` */
    async create(ownerId: string, wanted: NewLink, key: string | undefined) {
      const { album_id: albumId, asset_ids: assetIds, ...settings } = wanted
      if ((albumId === undefined) === (assetIds === undefined)) throw ambiguous()
      const { immich } = await libraries.of(ownerId)
      const body = {
        type: albumId ? 'ALBUM' : 'INDIVIDUAL',
        albumId,
        assetIds,
        allowUpload: false,
        ...fieldsOf(settings),
      }
      const create = async () => (await immich.call(SharedLink, 'POST', '/shared-links', { body })).id
      const remove = (id: string) => immich.tell('DELETE', `/shared-links/${id}`)
      return view(ownerId, await createdOnce({ ownerId, scope: 'photos.links', key, body: wanted, create, remove }))
    },

    async change(ownerId: string, id: string, change: LinkChange) {
      const { immich, dialect } = await libraries.of(ownerId)
      await immich.tell('PATCH', `/shared-links/${id}`, { body: dialect.linkChange(fieldsOf(change)) })
      return view(ownerId, id)
    },

    async delete(ownerId: string, id: string): Promise<void> {
      const { immich } = await libraries.of(ownerId)
      await immich.tell('DELETE', `/shared-links/${id}`)
    },
  }
}

const fieldsOf = (settings: LinkChange) => ({
  description: settings.description,
  password: settings.password,
  expiresAt: settings.expires_at,
  allowDownload: settings.allow_download,
  showMetadata: settings.show_metadata,
})

const ambiguous = () =>
  new AppError(
    'invalid',
    'invalid_request_body',
    'The request is not valid: body must have either album_id or asset_ids.',
    {
      details: [{ path: 'body', message: 'must have either album_id or asset_ids' }],
    },
  )
