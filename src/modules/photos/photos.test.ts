import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, suite, test } from 'node:test'
import { picture, startPhotosApp } from '../../../test/fixtures/photos-app.ts'

for (const version of [2, 3] as const) {
  suite(`photos in Immich ${version}`, async () => {
    const { photos, done, raw, upload, uploadPicture, immich, ...started } = await startPhotosApp(version)
    after(started.close)

    test('the account is made at the first use, with a key of just the permissions that are needed', async () => {
      const before = await done('alice', 'GET', '/account')
      assert.deepEqual([before.state, before.email], ['made_at_first_use', null])
      assert.match(before.immich_version, new RegExp(`^${version}\\.`))
      await Promise.all([done('alice', 'GET', '/timeline'), done('alice', 'GET', '/timeline')])
      const account = await done('alice', 'GET', '/account')
      assert.deepEqual([account.state, account.origin, account.email], ['ready', 'created', 'alice@ulti.test'])
      const [user] = immich.records.users.filter(({ email }) => email === 'alice@ulti.test')
      const keys = immich.records.keys.filter(({ userId }) => userId === user?.id)
      assert.equal(keys.length, 1)
      const permissions = keys[0]?.permissions ?? []
      assert.ok(permissions.includes('asset.upload') && !permissions.includes('all'))
      assert.equal(permissions.includes('map.read'), version === 3)
      assert.equal(immich.authentication.openSessions(), 0)
    })

    test('a file is uploaded as it comes, hashed on the way, and a second time it is a duplicate', async () => {
      const bytes = await picture('#204080')
      const sha1 = createHash('sha1').update(bytes).digest('hex')
      const first = await upload('alice', 'Sea.jpg', bytes, { taken_at: '2024-05-23T09:20:00Z', is_favorite: 'true' })
      assert.equal(first.status, 201)
      assert.deepEqual(
        [first.body.state, first.body.checksum_sha1, first.body.size_bytes],
        ['created', sha1, bytes.length],
      )
      const second = await upload('alice', 'Sea again.jpg', bytes)
      assert.deepEqual([second.status, second.body.state, second.body.id], [200, 'duplicate', first.body.id])
      const announced = await upload('alice', 'Sea.jpg', bytes, { checksum_sha1: sha1.toUpperCase() })
      assert.deepEqual([announced.body.state, announced.body.size_bytes], ['duplicate', null])
      const { items } = await done('alice', 'POST', '/assets/check', {
        items: [
          { key: 'a', checksum_sha1: sha1 },
          { key: 'b', checksum_sha1: sha1.replaceAll(/./g, '0') },
        ],
      })
      assert.deepEqual(items, [
        { key: 'a', state: 'duplicate', asset_id: first.body.id, is_trashed: false },
        { key: 'b', state: 'new', asset_id: null, is_trashed: false },
      ])
    })

    test('what arrives otherwise than it was announced is refused and not kept', async () => {
      const count = immich.records.assets.length
      const answer = await upload('alice', 'Broken.jpg', await picture('#0f0'), { checksum_sha1: 'ab'.repeat(20) })
      assert.deepEqual([answer.status, answer.body.code], [422, 'photos.checksum_mismatch'])
      assert.equal(immich.records.assets.length, count)
    })

    test('what is no picture, nothing at all, or has no name is refused in words', async () => {
      const script = await upload('alice', 'script.exe', 'MZ')
      assert.deepEqual([script.status, script.body.code], [422, 'photos.unsupported_format'])
      assert.equal((await upload('alice', 'empty.jpg', '')).status, 400)
      const unnamed = await raw('alice', '/assets', {
        method: 'POST',
        body: 'x',
        headers: { 'content-type': 'image/jpeg' },
      })
      assert.equal(unnamed.status, 400)
    })

    test('a form brings a picture and its sidecar, and a live photo its video', async () => {
      const video = await upload('alice', 'IMG_1.mov', 'a moving picture', { visibility: 'hidden' })
      const form = new FormData()
      form.set('file', new Blob([new Uint8Array(await picture('#fff'))], { type: 'image/jpeg' }), 'IMG_1.jpg')
      const xmp = '<x><dc:description><rdf:li xml:lang="x-default">Tram 28</rdf:li></dc:description></x>'
      form.set('sidecar', new Blob([xmp]), 'IMG_1.jpg.xmp')
      const query = new URLSearchParams({ live_photo_video_id: video.body.id, taken_at: '2024-05-24T10:00:00Z' })
      const answer = await raw('alice', `/assets?${query}`, { method: 'POST', body: form })
      assert.equal(answer.status, 201)
      const asset = await done('alice', 'GET', `/assets/${((await answer.json()) as { id: string }).id}`)
      assert.deepEqual([asset.description, asset.live_photo_video_id], ['Tram 28', video.body.id])
      assert.equal((await done('alice', 'GET', `/assets/${video.body.id}`)).visibility, 'hidden')
    })

    test('the timeline has months, then items, as filters want them', async () => {
      const older = await uploadPicture('alice', 'Old.jpg', '#123', { taken_at: '2023-01-02T03:04:05Z' })
      const { items: months } = await done('alice', 'GET', '/timeline')
      assert.deepEqual(months, [
        { month: '2024-05', count: 2 },
        { month: '2023-01', count: 1 },
      ])
      const { items } = await done('alice', 'GET', '/timeline/2024-05')
      assert.deepEqual(
        items.map((item: { taken_at: string }) => item.taken_at),
        ['2024-05-24T10:00:00.000Z', '2024-05-23T09:20:00.000Z'],
      )
      assert.deepEqual([items[1].aspect_ratio, items[1].is_favorite, items[1].is_mine], [1.5, true, true])
      const favourites = await done('alice', 'GET', '/timeline?is_favorite=true')
      assert.deepEqual(favourites.items, [{ month: '2024-05', count: 1 }])
      await done('alice', 'PATCH', '/assets', { asset_ids: [older], visibility: 'archive', is_favorite: true })
      assert.equal((await done('alice', 'GET', '/timeline/2023-01')).items.length, 0)
      assert.equal((await done('alice', 'GET', '/timeline/2023-01?visibility=archive')).items.length, 1)
      const changed = await done('alice', 'PATCH', `/assets/${older}`, { visibility: 'timeline', description: 'Snow' })
      assert.deepEqual([changed.visibility, changed.description, changed.is_favorite], ['timeline', 'Snow', true])
    })

    test('the trash takes, gives back, and is emptied', async () => {
      const [one, two] = [await uploadPicture('alice', '1.jpg', '#111'), await uploadPicture('alice', '2.jpg', '#222')]
      await done('alice', 'POST', '/trash', { asset_ids: [one, two] })
      assert.equal((await done('alice', 'GET', '/timeline?is_trashed=true')).items[0].count, 2)
      assert.deepEqual(await done('alice', 'POST', '/trash/restoration', { asset_ids: [one] }), { count: 1 })
      assert.equal((await done('alice', 'GET', `/assets/${one}`)).is_trashed, false)
      assert.deepEqual(await done('alice', 'DELETE', '/trash'), { count: 1 })
      assert.equal((await photos('alice', 'GET', `/assets/${two}`)).status, 404)
      await done('alice', 'POST', '/trash', { asset_ids: [one] })
      assert.deepEqual(await done('alice', 'POST', '/trash/restoration', {}), { count: 1 })
      await done('alice', 'POST', '/assets/deletion', { asset_ids: [one] })
      assert.equal((await photos('alice', 'GET', `/assets/${one}`)).status, 404)
    })

    test('pictures, originals and videos come with what caches and players need, and no more', async () => {
      const id = await uploadPicture('alice', 'Grüße.jpg', '#345')
      const thumbnail = await raw('alice', `/assets/${id}/thumbnail`)
      assert.deepEqual([thumbnail.status, thumbnail.headers.get('content-type')], [200, 'image/webp'])
      assert.match(thumbnail.headers.get('cache-control') ?? '', /^private, max-age=/)
      assert.equal(thumbnail.headers.get('content-security-policy'), "sandbox; default-src 'none'")
      const etag = thumbnail.headers.get('etag') ?? ''
      const again = await raw('alice', `/assets/${id}/thumbnail`, { headers: { 'if-none-match': etag } })
      assert.equal(again.status, 304)
      const preview = await raw('alice', `/assets/${id}/thumbnail?size=preview`)
      assert.ok((await preview.arrayBuffer()).byteLength > (await thumbnail.arrayBuffer()).byteLength)
      const download = await raw('alice', `/assets/${id}/original?download=true`)
      assert.match(download.headers.get('content-disposition') ?? '', /filename\*=UTF-8''Gr%C3%BC%C3%9Fe\.jpg$/)
      assert.deepEqual(Buffer.from(await download.arrayBuffer()), await picture('#345'))

      const video = (await upload('alice', 'Film.mp4', '0123456789')).body.id
      const part = await raw('alice', `/assets/${video}/video`, { headers: { range: 'bytes=2-5' } })
      assert.deepEqual([part.status, part.headers.get('content-range')], [206, 'bytes 2-5/10'])
      assert.equal(await part.text(), '2345')
      const beyond = await raw('alice', `/assets/${video}/video`, { headers: { range: 'bytes=20-30' } })
      assert.deepEqual([beyond.status, beyond.headers.get('content-range')], [416, 'bytes */10'])
      assert.equal(((await beyond.json()) as { code: string }).code, 'range_not_satisfiable')
      assert.equal((await raw('alice', `/assets/${id}/video`)).status, 404)
    })

    test('a file that a browser would run is handed out as bytes', async () => {
      const { body } = await upload('alice', 'evil.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>')
      const original = await raw('alice', `/assets/${body.id}/original`)
      assert.equal(original.headers.get('content-type'), 'application/octet-stream')
      await original.body?.cancel()
    })

    test("nobody sees or touches another's: all of it is not found", async () => {
      const id = await uploadPicture('alice', 'Private.jpg', '#abc')
      const body = { asset_ids: [id] }
      const tries = [
        ['GET', `/assets/${id}`],
        ['GET', `/assets/${id}/thumbnail`],
        ['GET', `/assets/${id}/original`],
        ['GET', `/assets/${id}/original?download=true`],
        ['GET', `/assets/${id}/video`],
        ['PATCH', `/assets/${id}`, { is_favorite: true }],
        ['PATCH', '/assets', { ...body, is_favorite: true }],
        ['POST', '/trash', body],
        ['POST', '/trash/restoration', body],
        ['POST', '/assets/deletion', body],
      ] as const
      for (const [method, path, sent] of tries) {
        const answer = await photos('bob', method, path, sent)
        assert.deepEqual([answer.status, answer.body.code], [404, 'not_found'], `${method} ${path}`)
      }
      assert.equal((await done('alice', 'GET', `/assets/${id}`)).is_trashed, false)
    })
  })
}
