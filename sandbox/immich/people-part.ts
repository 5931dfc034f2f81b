import { seen } from './access.ts'
import type { Part } from './context.ts'
import { presentPerson } from './presentation.ts'
import type { Person } from './records.ts'
import { noAccess } from './refusal.ts'

type Id = { Params: { id: string } }
type Change = {
  name?: string
  birthDate?: string | null
  isHidden?: boolean
  isFavorite?: boolean
  featureFaceAssetId?: string
}

/** People and their faces. */
export const peoplePart: Part = (http, context) => {
  const { records, changed, authentication } = context
  const mine = (userId: string, id: string, permission: string): Person => {
    const person = records.people.find((one) => one.id === id && one.ownerId === userId)
    if (!person) throw noAccess(permission)
    return person
  }
  const countOf = ({ id }: Person) =>
    records.assets.filter(({ faces, deletedAt }) => deletedAt === null && faces.some(({ personId }) => personId === id))
      .length

  http.get<{ Querystring: { withHidden?: string; page?: string; size?: string } }>('/people', async (request) => {
    const { user } = authentication.require(request, 'person.read')
    const { withHidden, page = '1', size = '500' } = request.query
    const all = records.people.filter((one) => one.ownerId === user.id && (withHidden === 'true' || !one.isHidden))
    const sorted = all.sort((a, b) => Number(b.name !== '') - Number(a.name !== '') || countOf(b) - countOf(a))
    const from = (Number(page) - 1) * Number(size)
    const people = sorted.slice(from, from + Number(size)).map(presentPerson)
    return { people, total: all.length, hidden: 0, hasNextPage: from + people.length < all.length }
  })
  http.get<Id>('/people/:id', async (request) => {
    const { user } = authentication.require(request, 'person.read')
    return presentPerson(mine(user.id, request.params.id, 'person.read'))
  })
  http.get<Id>('/people/:id/statistics', async (request) => {
    const { user } = authentication.require(request, 'person.statistics')
    return { assets: countOf(mine(user.id, request.params.id, 'person.read')) }
  })
  http.put<Id & { Body: Change }>('/people/:id', async (request) => {
    const { user } = authentication.require(request, 'person.update')
    const person = mine(user.id, request.params.id, 'person.update')
    const { featureFaceAssetId, ...change } = request.body
    if (featureFaceAssetId !== undefined) person.coverAssetId = featureFaceAssetId
    Object.assign(person, Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)))
    changed()
    return presentPerson(person)
  })

  function merge(userId: string, [into = '', ...others]: readonly string[]) {
    const person = mine(userId, into, 'person.merge')
    return others.map((id) => {
      const other = records.people.find((one) => one.id === id && one.ownerId === userId)
      if (!other || other === person) return { id, success: false, error: 'not_found' }
      for (const { faces } of records.assets)
        for (const face of faces) if (face.personId === id) face.personId = person.id
      person.name ||= other.name
      records.people = records.people.filter((one) => one !== other)
      changed()
      return { id, success: true }
    })
  }
  http.post<Id & { Body: { ids: string[] } }>('/people/:id/merge', async (request) => {
    const { user } = authentication.require(request, 'person.merge')
    return merge(user.id, [request.params.id, ...request.body.ids])
  })
  if (context.version.major > 2) {
    http.post<{ Body: { ids: string[] } }>('/people/merge', async (request) =>
      merge(authentication.require(request, 'person.merge').user.id, request.body.ids),
    )
  }

  http.get<{ Querystring: { id: string } }>('/faces', async (request) => {
    const caller = authentication.require(request, 'face.read')
    const asset = seen(records, caller, request.query.id, 'asset.read')
    return asset.faces.map(({ id, personId, box }) => {
      const person = records.people.find((one) => one.id === personId)
      return {
        ...{ id, imageWidth: asset.width, imageHeight: asset.height, sourceType: 'machine-learning' },
        ...{ boundingBoxX1: box.x1, boundingBoxY1: box.y1, boundingBoxX2: box.x2, boundingBoxY2: box.y2 },
        person: person ? presentPerson(person) : null,
      }
    })
  })
}
