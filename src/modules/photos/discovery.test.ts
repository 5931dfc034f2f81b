import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { startPhotosApp } from '../../../test/fixtures/photos-app.ts'

const lisbon = { latitude: 38.71, longitude: -9.13, city: 'Lisbon', state: 'Lisbon', country: 'Portugal' }
const suva = { latitude: -18.14, longitude: 178.44, city: 'Suva', state: 'Central', country: 'Fiji' }

for (const version of [2, 3] as const) {
  suite(`finding photos of Immich ${version}`, async () => {
    const { photos, done, raw, upload, uploadPicture, immich, app, ...started } = await startPhotosApp(version)
    after(started.close)
    let [tram, sea, night] = ['', '', '']
    const [bob, twin, stranger] = [randomUUID(), randomUUID(), randomUUID()]

    before(async () => {
      tram = await uploadPicture('alice', 'IMG_1.jpg', '#c80', { taken_at: '2024-05-23T09:20:00Z' })
      sea = await uploadPicture('alice', 'Sea.jpg', '#08c', { taken_at: '2024-06-01T12:00:00Z' })
      night = await uploadPicture('alice', 'Night.jpg', '#013', { taken_at: '2023-12-31T23:00:00Z' })
      await upload('alice', 'Film.mp4', 'moving', { taken_at: '2022-01-01T00:00:00Z' })
      const { records } = immich
      const assetOf = (id: string) => records.assets.find((one) => one.id === id)
      const face = (personId: string) => ({ id: randomUUID(), personId, box: { x1: 60, y1: 40, x2: 180, y2: 160 } })
      const model = { keywords: ['tram', 'street'], place: lisbon, faces: [face(bob)], description: 'Tram 28' }
      Object.assign(assetOf(tram) ?? {}, model)
      Object.assign(assetOf(sea) ?? {}, {
        keywords: ['sea', 'beach'],
        place: suva,
        faces: [face(twin), face(stranger)],
      })
      const ownerId = assetOf(tram)?.ownerId ?? ''
      const nobody = { ownerId, birthDate: null, isHidden: false, isFavorite: false, coverAssetId: null }
      records.people.push({ ...nobody, id: bob, name: 'Bob' }, { ...nobody, id: twin, name: '' })
      records.people.push({ ...nobody, id: stranger, name: 'Stranger', isHidden: true })
      const memory = { id: randomUUID(), ownerId, year: 2024, memoryAt: '2026-05-23T00:00:00.000Z', assetIds: [tram] }
      records.memories.push({ ...memory, isSaved: false, seenAt: null })
      await done('bob', 'GET', '/timeline')
    })
    const idsOf = ({ items }: { items: { id: string }[] }) => items.map(({ id }) => id)
    const find = async (body: object) => idsOf(await done('alice', 'POST', '/search', body))

    test('people are listed, named, hidden, and found on pictures', async () => {
      const { items } = await done('alice', 'GET', '/people')
      assert.deepEqual(
        items.map(({ name }: { name: string }) => name),
        ['Bob', ''],
      )
      const one = await done('alice', 'GET', '/people?limit=1')
      assert.equal((await done('alice', 'GET', `/people?limit=1&cursor=${one.next_cursor}`)).items[0].id, twin)
      assert.equal((await done('alice', 'GET', '/people?with_hidden=true')).items.length, 3)
      const face = await raw('alice', `/people/${bob}/thumbnail`)
      assert.deepEqual([face.status, face.headers.get('content-type')], [200, 'image/jpeg'])
      await face.body?.cancel()
      const faces = await done('alice', 'GET', `/assets/${tram}/faces`)
      assert.deepEqual(
        [faces.items[0].person, faces.items[0].box],
        [
          { id: bob, name: 'Bob' },
          { left: 0.1, top: 0.1, width: 0.2, height: 0.3 },
        ],
      )
      assert.deepEqual((await done('alice', 'GET', `/assets/${sea}`)).people, [{ id: twin, name: '' }])
      const named = await done('alice', 'PATCH', `/people/${twin}`, { name: 'Bobby', birth_date: '1984-02-29' })
      assert.deepEqual([named.name, named.birth_date, named.asset_count], ['Bobby', '1984-02-29', 1])
    })

    test('two that are one are merged', async () => {
      const merged = await done('alice', 'POST', `/people/${bob}/merge`, { person_ids: [twin] })
      assert.deepEqual([merged.name, merged.asset_count], ['Bob', 2])
      assert.deepEqual(idsOf(await done('alice', 'GET', `/people/${bob}/assets`)), [sea, tram])
      assert.equal((await photos('alice', 'GET', `/people/${twin}`)).status, 404)
      const gone = await photos('alice', 'POST', `/people/${bob}/merge`, { person_ids: [twin] })
      assert.deepEqual([gone.status, gone.body.code], [409, 'photos.merge_incomplete'])
    })

    test('pictures are found by what is to be seen, by place, by face and by what is known of the file', async () => {
      assert.deepEqual(await find({ query: 'an old tram in the street' }), [tram])
      assert.deepEqual(await find({ country: 'Fiji' }), [sea])
      assert.deepEqual(await find({ query: 'bob', city: 'Lisbon' }), [tram])
      assert.deepEqual(await find({ person_ids: [bob], taken_after: '2024-05-30T00:00:00Z' }), [sea])
      assert.deepEqual(await find({ filename: 'night' }), [night])
      assert.deepEqual(await find({ description: 'tram' }), [tram])
      assert.equal((await find({ kind: 'video' })).length, 1)
      assert.deepEqual(await find({ visibility: 'archive' }), [])
      const first = await done('alice', 'POST', '/search', { limit: 3 })
      const second = await done('alice', 'POST', '/search', { limit: 3, cursor: first.next_cursor })
      assert.deepEqual([first.items.length, second.items.length, second.next_cursor], [3, 1, null])
    })

    test('the map shows what knows its place, within a box that may go over the 180th meridian', async () => {
      assert.equal((await done('alice', 'GET', '/map')).items.length, 2)
      const europe = await done('alice', 'GET', '/map?west=-20&south=30&east=40&north=70')
      assert.deepEqual(europe.items, [{ asset_id: tram, ...lisbon }])
      const pacific = await done('alice', 'GET', '/map?west=170&east=-170')
      assert.deepEqual(
        pacific.items.map(({ city }: { city: string }) => city),
        ['Suva'],
      )
      const places = await done('alice', 'GET', '/places')
      assert.deepEqual(
        places.items.map(({ city }: { city: string }) => city),
        ['Lisbon', 'Suva'],
      )
    })

    test('memories of a day are told and kept', async () => {
      const { items } = await done('alice', 'GET', '/memories?date=2026-05-23')
      assert.deepEqual([items.length, items[0].year, items[0].assets[0].id], [1, 2024, tram])
      await done('alice', 'PATCH', `/memories/${items[0].id}`, { is_saved: true })
      assert.equal((await done('alice', 'GET', '/memories?date=2026-05-23')).items[0].is_saved, true)
      assert.equal((await done('alice', 'GET', '/memories?date=2026-05-24')).items.length, 0)
    })

    test('statistics count, and tell the room that is left', async () => {
      const { images, videos, total, quota_bytes, used_bytes } = await done('alice', 'GET', '/statistics')
      assert.deepEqual([images, videos, total, quota_bytes], [3, 1, 4, null])
      assert.ok(used_bytes > 0)
    })

    test('the search over everything finds pictures, and pages through them', async () => {
      const search = async (query: string) => {
        const headers = await started.headersOf('alice')
        return (await app.request('GET', `/api/v1/search?${query}`, { headers })).body
      }
      const byText = await search('q=tram')
      assert.deepEqual([byText.items.length, byText.items[0].type, byText.items[0].id], [1, 'photos.asset', tram])
      assert.match(JSON.stringify(byText.items[0]), /Tram 28/)
      const first = await search('q=bob&limit=1')
      const second = await search(`q=bob&limit=1&cursor=${first.next_cursor}`)
      assert.deepEqual([...idsOf(first), ...idsOf(second)], [sea, tram])
      assert.deepEqual(idsOf(await search('q=lisbon')), [tram])
      assert.deepEqual(idsOf(await search('q=fiji bob')), [sea])
      assert.deepEqual(idsOf(await search('q=bob -lisbon')), [sea])
      assert.deepEqual(idsOf(await search('q=bob after:2024-05-30')), [sea])
      assert.deepEqual(idsOf(await search('q=type:photos before:2023')).length, 1)
    })

    test('who has no account at Immich gets none by searching', async () => {
      const headers = await started.headersOf('carol')
      assert.deepEqual((await app.request('GET', '/api/v1/search?q=tram', { headers })).body.items, [])
      assert.ok(!immich.records.users.some(({ email }) => email.startsWith('carol')))
    })

    test('an original becomes a file to be attached to a message', async () => {
      const attached = await done('alice', 'POST', `/assets/${tram}/mail-attachments`)
      const headers = await started.headersOf('alice')
      const { body } = await app.request('GET', `/api/v1/mail/uploads/${attached.id}`, { headers })
      assert.deepEqual([body.filename, body.content_type, body.state], ['IMG_1.jpg', 'image/jpeg', 'stored'])
      const drive = await photos('alice', 'POST', `/assets/${tram}/drive-copies`, { folder: '/Photos' })
      assert.deepEqual([drive.status, drive.body.code], [404, 'module_disabled'])
    })

    test("nobody meets another's people, faces and memories", async () => {
      const [memory] = immich.records.memories
      const tries = [
        ['GET', `/people/${bob}`],
        ['PATCH', `/people/${bob}`, { name: 'X' }],
        ['POST', `/people/${bob}/merge`, { person_ids: [stranger] }],
        ['GET', `/people/${bob}/thumbnail`],
        ['GET', `/assets/${tram}/faces`],
        ['PATCH', `/memories/${memory?.id}`, { is_saved: false }],
        ['POST', `/assets/${tram}/mail-attachments`],
      ] as const
      for (const [method, path, sent] of tries) {
        const answer = await photos('bob', method, path, sent)
        assert.deepEqual([answer.status, answer.body?.code], [404, 'not_found'], `${method} ${path}`)
      }
      assert.deepEqual(idsOf(await done('bob', 'GET', `/people/${bob}/assets`)), [])
      assert.deepEqual(idsOf(await done('bob', 'POST', '/search', {})), [])
    })
  })
}
