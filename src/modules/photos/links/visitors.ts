import type { Immich, ImmichMedia, ImmichSession } from '#integrations/immich/immich-client.ts'
import { type ImmichSharedLink, SharedLink } from '#integrations/immich/immich-wire.ts'
import { createShortMemory } from '#platform/auth/short-memory.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import { presentAsset } from '../assets/asset-presentation.ts'
import { type MediaRequest, openRendition, type Rendition } from '../media/media.ts'
import { walkAlbum } from '../timeline/timeline.ts'
import { itemOfAsset } from '../timeline/timeline-item.ts'

/** Somebody who came by a link; `token` proves that they know its password. */
export type Visitor = { code: string; token: string | undefined }
export type Visitors = ReturnType<typeof createVisitors>

/** How long an open link is taken for open; Immich itself looks at each picture whether the link still holds. */
const openForMs = 20_000

/**
 * The side of links that needs no account. Immich decides what a link opens. That its password is known is ultid's to
 * hold: Immich 2 asks for it at the link's own address alone, not at its pictures.
 */
export function createVisitors({ immich, keyRing }: { immich: Immich; keyRing: KeyRing }) {
  const open = createShortMemory<ImmichSharedLink>(2000)
  const bindingOf = (code: string) => `photos-link:${code}`

  function sessionOf({ code, token }: Visitor): ImmichSession {
    const cookie = token === undefined ? undefined : unsealed(code, token)
    const headers = { 'x-immich-share-key': code, ...(cookie !== undefined && { cookie: `${cookieName}=${cookie}` }) }
    return immich.as(async ({ isStale }) => (isStale ? undefined : headers))
  }

  function unsealed(code: string, token: string): string | undefined {
    try {
      return keyRing.decrypt(token, bindingOf(code))
    } catch {
      return undefined
    }
  }

  /** @throws AppError `not_found`, `photos.password_required` */
  async function enter(visitor: Visitor): Promise<{ link: ImmichSharedLink; session: ImmichSession }> {
    const session = sessionOf(visitor)
    const key = `${visitor.code} ${visitor.token ?? ''}`
    const remembered = open.get(key)
    if (remembered) return { link: remembered, session }
    const link = await session.call(SharedLink, 'GET', '/shared-links/me').catch(asVisitorSees)
    open.set(key, link, Date.now() + openForMs)
    return { link, session }
  }

  return {
    async view(visitor: Visitor) {
      const { link } = await enter(visitor)
      return {
        kind: link.album ? ('album' as const) : ('assets' as const),
        title: link.album?.albumName ?? null,
        description: (link.description || link.album?.description) ?? null,
        asset_count: link.album?.assetCount ?? link.assets?.length ?? 0,
        allow_download: link.allowDownload,
        show_metadata: link.showMetadata,
        expires_at: link.expiresAt ? new Date(link.expiresAt).toISOString() : null,
      }
    },

    /** @returns a token that opens this link alone. @throws AppError `not_found`, `photos.password_required` */
    async unlock(code: string, password: string): Promise<string> {
      const session = sessionOf({ code, token: undefined })
      const { unlocking } = await immich.dialect()
      const trying =
        unlocking === 'login'
          ? session.tell('POST', '/shared-links/login', { body: { password } })
          : session.tell('GET', '/shared-links/me', { query: { password } })
      const { headers } = await trying.catch(asVisitorSees)
      const [, cookie] = cookiePattern.exec(headers['set-cookie'] ?? '') ?? []
      // A link without a password lets everybody in.
      return keyRing.encrypt(cookie ?? 'open', bindingOf(code))
    },

    /** A month of an album on each page; single assets all at once. */
    async assets(visitor: Visitor, cursor: string | undefined) {
      const { link, session } = await enter(visitor)
      if (link.album) {
        return walkAlbum(session, { albumId: link.album.id, userId: undefined, cursor }).catch(asVisitorSees)
      }
      const items = (link.assets ?? []).map((asset) => itemOfAsset(presentAsset(asset, undefined)))
      return { items, next_cursor: null }
    },

    /** @throws AppError `photos.download_forbidden` */
    async media(visitor: Visitor, assetId: string, rendition: Rendition, request: MediaRequest): Promise<ImmichMedia> {
      const { link, session } = await enter(visitor)
      if (isOriginal(rendition) && !link.allowDownload) throw downloadForbidden()
      return openRendition(session, assetId, rendition, request).catch(asVisitorSees)
    },
  }
}

/** A full-size picture is the original itself where browsers can show that. */
const isOriginal = (rendition: Rendition): boolean =>
  rendition.kind === 'original' || (rendition.kind === 'picture' && rendition.size === 'fullsize')

const cookieName = 'immich_shared_link_token'
const cookiePattern = new RegExp(`${cookieName}=([^;,\\s]+)`)

/** To Immich a link that is no more is a key that it refuses. */
function asVisitorSees(error: unknown): never {
  if (error instanceof AppError && error.code === 'photos.key_refused') throw notFound('link')
  throw error
}

const downloadForbidden = () =>
  new AppError('forbidden', 'photos.download_forbidden', 'Whoever made this link does not let originals be downloaded.')
