import type { Part } from './context.ts'
import { peopleOn, presentAsset, presentPerson } from './presentation.ts'
import type { Asset } from './records.ts'
import { noAccess } from './refusal.ts'

type Filter = {
  originalFileName?: string
  description?: string
  type?: string
  personIds?: string[]
  albumIds?: string[]
  city?: string
  state?: string
  country?: string
  make?: string
  model?: string
  rating?: number
  isFavorite?: boolean
  isNotInAlbum?: boolean
  visibility?: string
  takenAfter?: string
  takenBefore?: string
  query?: string
  withDeleted?: boolean
  page?: number
  size?: number
}

/** Search, places on a map, and memories. */
export const searchPart: Part = (http, context) => {
  const { records, changed, authentication, version } = context
  const holds = (text: string | undefined, part: string) => (text ?? '').toLowerCase().includes(part.toLowerCase())

  function isFound(asset: Asset, filter: Filter): boolean {
    const { place, camera } = asset
    // 2 searches the timeline when nothing is said, and 3 everything.
    const visibility = filter.visibility ?? (version.major === 2 ? 'timeline' : undefined)
    const albums = records.albums.filter(({ assetIds }) => assetIds.includes(asset.id)).map(({ id }) => id)
    const equal = (wanted: unknown, is: unknown) => wanted === undefined || wanted === is
    return (
      (asset.deletedAt === null || filter.withDeleted === true) &&
      equal(visibility, asset.visibility) &&
      (!filter.originalFileName || holds(asset.name, filter.originalFileName)) &&
      (!filter.description || holds(asset.description, filter.description)) &&
      equal(filter.type, asset.type) &&
      (filter.personIds ?? []).every((id) => asset.faces.some(({ personId }) => personId === id)) &&
      (!filter.albumIds || filter.albumIds.some((id) => albums.includes(id))) &&
      [equal(filter.city, place?.city), equal(filter.state, place?.state), equal(filter.country, place?.country)].every(
        Boolean,
      ) &&
      [equal(filter.make, camera?.make), equal(filter.model, camera?.model), equal(filter.rating, asset.rating)].every(
        Boolean,
      ) &&
      equal(filter.isFavorite, asset.isFavorite) &&
      (!filter.isNotInAlbum || albums.length === 0) &&
      (!filter.takenAfter || asset.takenAt > new Date(filter.takenAfter).toISOString()) &&
      (!filter.takenBefore || asset.takenAt < new Date(filter.takenBefore).toISOString())
    )
  }

  /** How much of the query is to be seen on it: a model would know better. */
  function scoreOf(asset: Asset, query: string): number {
    const people = peopleOn(records, asset).map(({ name }) => name)
    const place = Object.values(asset.place ?? {}).map(String)
    const all = [...asset.keywords, ...people, ...place, asset.description, asset.name].join(' ').toLowerCase()
    return query
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word.length > 2 && all.includes(word)).length
  }

  const page = (assets: readonly Asset[], { page: number = 1, size = 250 }: Filter) => {
    const from = (number - 1) * size
    const items = assets.slice(from, from + size).map((asset) => presentAsset(context, asset))
    const nextPage = from + size < assets.length ? String(number + 1) : null
    return {
      albums: { total: 0, count: 0, items: [], facets: [] },
      assets: { total: assets.length, count: items.length, items, facets: [], nextPage },
    }
  }
  const own = (userId: string) => records.assets.filter(({ ownerId }) => ownerId === userId)

  http.post<{ Body: Filter }>('/search/metadata', async (request) => {
    const { user } = authentication.require(request, 'asset.read')
    const found = own(user.id).filter((asset) => isFound(asset, request.body))
    return page(
      found.sort((a, b) => b.takenAt.localeCompare(a.takenAt)),
      request.body,
    )
  })
  http.post<{ Body: Filter }>('/search/smart', async (request) => {
    const { user } = authentication.require(request, 'asset.read')
    const { query = '' } = request.body
    const scored = own(user.id)
      .filter((asset) => isFound(asset, request.body))
      .map((asset) => ({ asset, score: scoreOf(asset, query) }))
      .filter(({ score }) => score > 0)
    return page(
      scored.sort((a, b) => b.score - a.score).map(({ asset }) => asset),
      request.body,
    )
  })
  http.get<{ Querystring: { name: string; withHidden?: string } }>('/search/person', async (request) => {
    const { user } = authentication.require(request, 'person.read')
    const { name, withHidden } = request.query
    const isNamed = ({ name: is, isHidden }: { name: string; isHidden: boolean }) =>
      is !== '' && is.toLowerCase().includes(name.toLowerCase()) && (withHidden === 'true' || !isHidden)
    return records.people.filter((one) => one.ownerId === user.id && isNamed(one)).map(presentPerson)
  })
  http.get<{ Querystring: { type: 'city' | 'country' } }>('/search/suggestions', async (request) => {
    const { user } = authentication.require(request, 'asset.read')
    const { type } = request.query
    return [...new Set(own(user.id).flatMap(({ place }) => place?.[type] ?? []))].sort()
  })
  http.get('/search/cities', async (request) => {
    const { user } = authentication.require(request, 'asset.read')
    const byCity = new Map(
      own(user.id).flatMap((asset) => (asset.place?.city ? [[asset.place.city, asset] as const] : [])),
    )
    return [...byCity.values()].map((asset) => presentAsset(context, asset))
  })

  type MapQuery = { isFavorite?: string; fileCreatedAfter?: string; fileCreatedBefore?: string }
  http.get<{ Querystring: MapQuery }>('/map/markers', async (request) => {
    const { user } = authentication.require(request, version.major > 2 ? 'map.read' : 'asset.read')
    const { isFavorite, fileCreatedAfter: takenAfter, fileCreatedBefore: takenBefore } = request.query
    const filter = { visibility: 'timeline', ...(takenAfter && { takenAfter }), ...(takenBefore && { takenBefore }) }
    return own(user.id)
      .filter((asset) => isFound(asset, filter) && (!isFavorite || String(asset.isFavorite) === isFavorite))
      .flatMap(({ id, place }) => (place ? [{ id, lat: place.latitude, lon: place.longitude, ...namesOf(place) }] : []))
  })

  http.get<{ Querystring: { for?: string } }>('/memories', async (request) => {
    const { user } = authentication.require(request, 'memory.read')
    const day = request.query.for?.slice(5, 10)
    return records.memories
      .filter(({ ownerId, memoryAt }) => ownerId === user.id && (!day || memoryAt.slice(5, 10) === day))
      .map(({ year, assetIds, ...memory }) => ({
        ...memory,
        ...{ type: 'on_this_day', data: { year } },
        assets: records.assets.filter(({ id }) => assetIds.includes(id)).map((asset) => presentAsset(context, asset)),
      }))
  })
  type MemoryChange = { Params: { id: string }; Body: { isSaved?: boolean; seenAt?: string } }
  http.put<MemoryChange>('/memories/:id', async (request) => {
    const { user } = authentication.require(request, 'memory.update')
    const memory = records.memories.find(({ id, ownerId }) => id === request.params.id && ownerId === user.id)
    if (!memory) throw noAccess('memory.update')
    if (request.body.isSaved !== undefined) memory.isSaved = request.body.isSaved
    if (request.body.seenAt !== undefined) memory.seenAt = request.body.seenAt
    changed()
    return { id: memory.id, isSaved: memory.isSaved }
  })
}

const namesOf = ({ city, state, country }: NonNullable<Asset['place']>) => ({ city, state, country })
