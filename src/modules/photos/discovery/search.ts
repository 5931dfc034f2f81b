import { Found } from '#integrations/immich/immich-wire.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import type { Libraries } from '../account/library.ts'
import { presentAsset } from '../assets/asset-presentation.ts'

export type Wanted = {
  /** Words for what is to be seen; with it the best come first, otherwise the newest. */
  query?: string
  filename?: string
  description?: string
  kind?: 'image' | 'video'
  person_ids?: string[]
  album_ids?: string[]
  city?: string
  state?: string
  country?: string
  make?: string
  model?: string
  rating?: number
  is_favorite?: boolean
  is_in_no_album?: boolean
  visibility?: string
  taken_after?: string
  taken_before?: string
  limit: number
  cursor?: string | undefined
}
export type Search = ReturnType<typeof createSearch>

/** Finds by what is to be seen, by who and where, and by what is known of the files. */
export function createSearch({ libraries }: { libraries: Libraries }) {
  return {
    async find(ownerId: string, { limit, cursor, query, ...wanted }: Wanted) {
      const { immich, userId } = await libraries.of(ownerId)
      const [page] = cursor === undefined ? [1] : decodeCursor(cursor, ['number'])
      const body = { ...filterOf(wanted), ...(query !== undefined && { query }), page, size: limit }
      const path = query === undefined ? '/search/metadata' : '/search/smart'
      const { assets } = await immich.call(Found, 'POST', path, { body })
      const next = Number(assets.nextPage ?? Number.NaN)
      return {
        items: assets.items.map((asset) => presentAsset(asset, userId)),
        next_cursor: Number.isSafeInteger(next) ? encodeCursor([next]) : null,
      }
    },
  }
}

/** Visibility is said always: without it Immich 2 finds what is in the timeline, and 3 what is archived or hidden too. */
const filterOf = (wanted: Omit<Wanted, 'limit' | 'cursor' | 'query'>) => ({
  originalFileName: wanted.filename,
  description: wanted.description,
  type: wanted.kind?.toUpperCase(),
  personIds: wanted.person_ids,
  albumIds: wanted.album_ids,
  ...{ city: wanted.city, state: wanted.state, country: wanted.country, make: wanted.make, model: wanted.model },
  ...{ rating: wanted.rating, isFavorite: wanted.is_favorite, isNotInAlbum: wanted.is_in_no_album },
  visibility: wanted.visibility ?? 'timeline',
  ...{ takenAfter: wanted.taken_after, takenBefore: wanted.taken_before },
  ...{ withExif: true, withPeople: true },
})
