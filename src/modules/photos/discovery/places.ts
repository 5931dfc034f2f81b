import { Assets, Markers } from '#integrations/immich/immich-wire.ts'
import type { Libraries } from '../account/library.ts'

export type MapFilter = {
  west?: number
  south?: number
  east?: number
  north?: number
  is_favorite?: boolean
  taken_after?: string
  taken_before?: string
}
export type Places = ReturnType<typeof createPlaces>

/** Where pictures were taken. */
export function createPlaces({ libraries }: { libraries: Libraries }) {
  return {
    /** Everything that knows its place, within the box if there is one. */
    async map(ownerId: string, filter: MapFilter) {
      const { immich } = await libraries.of(ownerId)
      const query = {
        ...{ isFavorite: filter.is_favorite, fileCreatedAfter: filter.taken_after },
        fileCreatedBefore: filter.taken_before,
      }
      const markers = await immich.call(Markers, 'GET', '/map/markers', { query })
      const items = markers
        .filter(({ lat, lon }) => isWithin(filter, lat, lon))
        .map(({ id, lat, lon, city, state, country }) => ({
          ...{ asset_id: id, latitude: lat, longitude: lon },
          ...{ city: city ?? null, state: state ?? null, country: country ?? null },
        }))
      return { items, next_cursor: null }
    },

    /** The towns, each with a picture. */
    async cities(ownerId: string) {
      const { immich } = await libraries.of(ownerId)
      const assets = await immich.call(Assets, 'GET', '/search/cities')
      const items = assets.flatMap(({ id, exifInfo }) =>
        exifInfo?.city ? [{ city: exifInfo.city, country: exifInfo.country ?? null, asset_id: id }] : [],
      )
      return { items, next_cursor: null }
    },
  }
}

/** A box whose west lies east of its east goes over the 180th meridian. */
function isWithin({ west = -180, south = -90, east = 180, north = 90 }: MapFilter, lat: number, lon: number): boolean {
  if (lat < south || lat > north) return false
  return west <= east ? lon >= west && lon <= east : lon >= west || lon <= east
}
