import type { ImmichSession, Query } from '#integrations/immich/immich-client.ts'
import { Bucket, Buckets } from '#integrations/immich/immich-wire.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import type { Libraries } from '../account/library.ts'
import { timelineItems } from './timeline-item.ts'

export type TimelineFilter = {
  album_id?: string
  person_id?: string
  is_favorite?: boolean
  is_trashed?: boolean
  visibility?: string
}

export type Timeline = ReturnType<typeof createTimeline>

/** Pictures and videos by month, the newest first. */
export function createTimeline({ libraries }: { libraries: Libraries }) {
  return {
    async months(ownerId: string, filter: TimelineFilter) {
      const { immich } = await libraries.of(ownerId)
      const buckets = await immich.call(Buckets, 'GET', '/timeline/buckets', { query: queryOf(filter) })
      return {
        items: buckets.map(({ timeBucket, count }) => ({ month: timeBucket.slice(0, 7), count })),
        next_cursor: null,
      }
    },

    /** A month whole. */
    async month(ownerId: string, month: string, filter: TimelineFilter) {
      const { immich, userId } = await libraries.of(ownerId)
      return { items: await itemsOf(immich, userId, month, queryOf(filter)), next_cursor: null }
    },

    /** What an album holds, a month on each page. */
    async ofAlbum(ownerId: string, albumId: string, cursor: string | undefined) {
      const { immich, userId } = await libraries.of(ownerId)
      return walkAlbum(immich, { albumId, userId, cursor })
    },
  }
}

/** A page for each month of an album, the newest first; for whoever may see it. */
export async function walkAlbum(
  immich: ImmichSession,
  options: { albumId: string; userId: string | undefined; cursor: string | undefined },
) {
  const { albumId, userId, cursor } = options
  const query = { albumId }
  const [from] = cursor === undefined ? [undefined] : decodeCursor(cursor, ['string'])
  const buckets = await immich.call(Buckets, 'GET', '/timeline/buckets', { query })
  const months = buckets.map(({ timeBucket }) => timeBucket.slice(0, 7)).filter((month) => !from || month <= from)
  const [month, next] = months
  if (month === undefined) return { items: [], next_cursor: null }
  const items = await itemsOf(immich, userId, month, query)
  return { items, next_cursor: next === undefined ? null : encodeCursor([next]) }
}

async function itemsOf(immich: ImmichSession, userId: string | undefined, month: string, query: Query) {
  const bucket = await immich.call(Bucket, 'GET', '/timeline/bucket', {
    query: { ...query, timeBucket: `${month}-01` },
  })
  return timelineItems(bucket, userId)
}

/** Without a word on it, what is archived and hidden stays out, as does what lies in the trash; an album shows all it has. */
const queryOf = (filter: TimelineFilter): Query => ({
  albumId: filter.album_id,
  personId: filter.person_id,
  isFavorite: filter.is_favorite,
  isTrashed: filter.is_trashed ?? (filter.album_id === undefined ? false : undefined),
  visibility: filter.visibility ?? (filter.album_id === undefined && !filter.is_trashed ? 'timeline' : undefined),
  order: 'desc',
})
