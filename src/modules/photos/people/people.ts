import type { Static } from 'typebox'
import {
  BulkResults,
  Faces,
  Person as ImmichPerson,
  People as PeopleAnswer,
  PersonStatistics,
} from '#integrations/immich/immich-wire.ts'
import { AppError } from '#platform/errors.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import type { Libraries } from '../account/library.ts'

export type PersonChange = {
  name?: string
  birth_date?: string | null
  is_hidden?: boolean
  is_favorite?: boolean
  cover_asset_id?: string
}
export type People = ReturnType<typeof createPeople>

/** Those whom Immich recognises in somebody's pictures. */
export function createPeople({ libraries }: { libraries: Libraries }) {
  async function view(ownerId: string, id: string) {
    const { immich } = await libraries.of(ownerId)
    const [person, { assets }] = await Promise.all([
      immich.call(ImmichPerson, 'GET', `/people/${id}`),
      immich.call(PersonStatistics, 'GET', `/people/${id}/statistics`),
    ])
    return { ...present(person), asset_count: assets }
  }

  return {
    view,

    /** Named and often seen ones first, as Immich has them. */
    async list(ownerId: string, options: { withHidden: boolean; limit: number; cursor: string | undefined }) {
      const { immich } = await libraries.of(ownerId)
      const [page] = options.cursor === undefined ? [1] : decodeCursor(options.cursor, ['number'])
      const query = { withHidden: options.withHidden, size: options.limit, page }
      const { people, hasNextPage } = await immich.call(PeopleAnswer, 'GET', '/people', { query })
      return { items: people.map(present), next_cursor: hasNextPage ? encodeCursor([page + 1]) : null }
    },

    async change(ownerId: string, id: string, change: PersonChange) {
      const { immich } = await libraries.of(ownerId)
      const { name, birth_date, is_hidden, is_favorite, cover_asset_id } = change
      const body = {
        ...{ name, birthDate: birth_date, isHidden: is_hidden },
        ...{ isFavorite: is_favorite, featureFaceAssetId: cover_asset_id },
      }
      await immich.tell('PUT', `/people/${id}`, { body })
      return view(ownerId, id)
    },

    /** Makes one person of several; the others are no more. @throws AppError `photos.merge_incomplete` */
    async merge(ownerId: string, id: string, others: readonly string[]) {
      const { immich, dialect } = await libraries.of(ownerId)
      const { path, body } = dialect.mergePeople(id, others)
      const results = await immich.call(BulkResults, 'POST', path, { body })
      if (results.some(({ success }) => !success)) throw incomplete()
      return view(ownerId, id)
    },

    /** The faces on a picture. */
    async faces(ownerId: string, assetId: string) {
      const { immich } = await libraries.of(ownerId)
      const faces = await immich.call(Faces, 'GET', '/faces', { query: { id: assetId } })
      const items = faces.map((face) => ({
        id: face.id,
        person: face.person ? { id: face.person.id, name: face.person.name } : null,
        box: {
          left: face.boundingBoxX1 / face.imageWidth,
          top: face.boundingBoxY1 / face.imageHeight,
          width: (face.boundingBoxX2 - face.boundingBoxX1) / face.imageWidth,
          height: (face.boundingBoxY2 - face.boundingBoxY1) / face.imageHeight,
        },
      }))
      return { items, next_cursor: null }
    },
  }
}

const present = ({ id, name, birthDate, isHidden, isFavorite }: Static<typeof ImmichPerson>) => ({
  ...{ id, name, birth_date: birthDate?.slice(0, 10) ?? null },
  ...{ is_hidden: isHidden, is_favorite: isFavorite ?? false },
})

const incomplete = () =>
  new AppError(
    'conflict',
    'photos.merge_incomplete',
    'Not all of them could be merged: look at who is left, and try again.',
  )
