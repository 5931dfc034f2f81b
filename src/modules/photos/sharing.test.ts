import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startPhotosApp } from '../../../test/fixtures/photos-app.ts'

for (const version of [2, 3] as const) {
  suite(`sharing photos of Immich ${version}`, async () => {
    const { photos, done, raw, uploadPicture, immich, ...started } = await startPhotosApp(version)
    after(started.close)
    let [may, june, other] = ['', '', '']
    before(async () => {
      may = await uploadPicture('alice', 'May.jpg', '#111', { taken_at: '2024-05-23T09:20:00Z' })
      june = await uploadPicture('alice', 'June.jpg', '#222', { taken_at: '2024-06-01T09:20:00Z' })
      other = await uploadPicture('bob', 'Bob.jpg', '#333', { taken_at: '2024-05-02T09:20:00Z' })
    })
    const albumOf = async (...asset_ids: string[]) => done('alice', 'POST', '/albums', { name: 'Lisbon', asset_ids })
    const codeOf = ({ url }: { url: string }) => new URL(url).pathname.split('/').at(-1) ?? ''

    test('an album is made once for a key, changed, filled and emptied', async () => {
      const make = () => photos('alice', 'POST', '/albums', { name: 'Porto' }, { 'idempotency-key': 'one' })
      const [first, second] = [await make(), await make()]
      assert.deepEqual([first.status, second.status, second.body.id], [201, 201, first.body.id])
      const reused = await photos('alice', 'POST', '/albums', { name: 'Faro' }, { 'idempotency-key': 'one' })
      assert.deepEqual([reused.status, reused.body.code], [422, 'idempotency_key_reused'])
      assert.equal((await done('alice', 'GET', '/albums')).items.length, 1)
      const path = `/albums/${first.body.id}`
      const filled = await done('alice', 'PATCH', `${path}/assets`, { add: [may, june, other] })
      assert.deepEqual(
        filled.items.map(({ outcome }: { outcome: string }) => outcome),
        ['added', 'added', 'not_found'],
      )
      const again = await done('alice', 'PATCH', `${path}/assets`, { add: [may], remove: [june] })
      assert.deepEqual(again.items, [
        { asset_id: may, outcome: 'was_there' },
        { asset_id: june, outcome: 'removed' },
      ])
      const changed = await done('alice', 'PATCH', path, { name: 'Porto in May', cover_asset_id: may })
      assert.deepEqual([changed.name, changed.cover_asset_id, changed.asset_count], ['Porto in May', may, 1])
      assert.deepEqual([changed.is_mine, changed.owner.email, changed.members], [true, 'alice@ulti.test', []])
      await done('alice', 'DELETE', path)
      assert.equal((await photos('alice', 'GET', path)).status, 404)
      assert.equal((await done('alice', 'GET', `/assets/${may}`)).id, may)
    })

    test('an album is shared by address, with a role, and taken back', async () => {
      const { id } = await albumOf(may, june)
      assert.equal((await photos('bob', 'GET', `/albums/${id}`)).status, 404)
      assert.equal((await photos('bob', 'GET', `/assets/${may}`)).status, 404)
      const unknown = await photos('alice', 'PUT', `/albums/${id}/members`, { email: 'no@ulti.test', role: 'viewer' })
      assert.deepEqual([unknown.status, unknown.body.code], [404, 'photos.person_unknown'])
      const shared = await done('alice', 'PUT', `/albums/${id}/members`, { email: 'Bob@ulti.test', role: 'viewer' })
      assert.deepEqual([shared.members.length, shared.members[0].role], [1, 'viewer'])

      const { items } = await done('bob', 'GET', '/albums')
      assert.deepEqual([items.length, items[0].is_mine, items[0].owner.email], [1, false, 'alice@ulti.test'])
      assert.equal((await done('bob', 'GET', `/assets/${may}`)).is_mine, false)
      const thumbnail = await raw('bob', `/assets/${may}/thumbnail`)
      assert.equal(thumbnail.status, 200)
      await thumbnail.body?.cancel()
      assert.equal((await photos('bob', 'PATCH', `/albums/${id}/assets`, { add: [other] })).status, 404)
      await done('alice', 'PUT', `/albums/${id}/members`, { email: 'bob@ulti.test', role: 'editor' })
      await done('bob', 'PATCH', `/albums/${id}/assets`, { add: [other] })
      assert.equal((await photos('bob', 'PATCH', `/albums/${id}`, { name: 'Mine' })).status, 404)
      await done('bob', 'DELETE', `/albums/${id}/members/me`)
      assert.equal((await photos('bob', 'GET', `/albums/${id}`)).status, 404)
    })

    test('an album is listed month by month', async () => {
      const { id } = await albumOf(may, june)
      const first = await done('alice', 'GET', `/albums/${id}/assets`)
      assert.deepEqual([first.items.length, first.items[0].id], [1, june])
      const second = await done('alice', 'GET', `/albums/${id}/assets?cursor=${first.next_cursor}`)
      assert.deepEqual([second.items[0].id, second.next_cursor], [may, null])
    })

    test('a link opens just what it is for, to anybody who has it', async () => {
      const link = await done('alice', 'POST', '/links', { asset_ids: [may], description: 'For you' })
      assert.match(link.url, /^https:\/\/ulti\.test\/api\/v1\/photos\/shared\/[\w-]+$/)
      const shared = `/shared/${codeOf(link)}`
      const view = await done(undefined, 'GET', shared)
      assert.deepEqual([view.kind, view.description, view.asset_count], ['assets', 'For you', 1])
      const { items } = await done(undefined, 'GET', `${shared}/assets`)
      assert.deepEqual([items.length, items[0].id, items[0].is_mine], [1, may, false])
      for (const path of ['thumbnail?size=preview', 'original']) {
        const answer = await raw(undefined, `${shared}/assets/${may}/${path}`)
        assert.equal(answer.status, 200, path)
        await answer.body?.cancel()
      }
      const elsewhere = await photos(undefined, 'GET', `${shared}/assets/${june}/thumbnail`)
      assert.deepEqual([elsewhere.status, elsewhere.body.code], [404, 'not_found'])
      assert.equal((await photos(undefined, 'GET', '/shared/nothing-of-ours')).status, 404)
      await done('alice', 'DELETE', `/links/${link.id}`)
      assert.equal((await photos(undefined, 'GET', `${shared}/assets/${may}/thumbnail`)).status, 404)
    })

    test('a link to an album shows it month by month, without places and originals if so made', async () => {
      const { id } = await albumOf(may, june)
      const settings = { album_id: id, show_metadata: false, allow_download: false }
      const link = await done('alice', 'POST', '/links', settings)
      const shared = `/shared/${codeOf(link)}`
      assert.equal((await done(undefined, 'GET', shared)).title, 'Lisbon')
      const first = await done(undefined, 'GET', `${shared}/assets`)
      assert.equal(first.items[0].id, june)
      const second = await done(undefined, 'GET', `${shared}/assets?cursor=${first.next_cursor}`)
      assert.equal(second.items[0].id, may)
      for (const path of ['original', 'thumbnail?size=fullsize']) {
        const original = await photos(undefined, 'GET', `${shared}/assets/${may}/${path}`)
        assert.deepEqual([original.status, original.body.code], [403, 'photos.download_forbidden'], path)
      }
    })

    test('a password is asked for everywhere, and what it gives opens this link alone', async () => {
      const link = await done('alice', 'POST', '/links', { asset_ids: [may], password: 'tram 28' })
      assert.equal(link.has_password, true)
      const shared = `/shared/${codeOf(link)}`
      for (const path of ['', '/assets', `/assets/${may}/thumbnail`, `/assets/${may}/original`]) {
        const answer = await photos(undefined, 'GET', shared + path)
        assert.deepEqual([answer.status, answer.body.code], [403, 'photos.password_required'], path)
      }
      const wrong = await photos(undefined, 'POST', `${shared}/unlocking`, { password: 'bus' })
      assert.deepEqual([wrong.status, wrong.body.code], [403, 'photos.password_required'])
      const unlocked = await photos(undefined, 'POST', `${shared}/unlocking`, { password: 'tram 28' })
      const headers = { 'x-link-token': unlocked.body.token }
      assert.equal((await photos(undefined, 'GET', shared, undefined, headers)).status, 200)
      const cookie = unlocked.headers.get('set-cookie')?.split(';')[0] ?? ''
      const thumbnail = await raw(undefined, `${shared}/assets/${may}/thumbnail`, { headers: { cookie } })
      assert.equal(thumbnail.status, 200)
      await thumbnail.body?.cancel()

      const another = await done('alice', 'POST', '/links', { asset_ids: [june], password: 'tram 28' })
      const elsewhere = await photos(undefined, 'GET', `/shared/${codeOf(another)}`, undefined, headers)
      assert.equal(elsewhere.body.code, 'photos.password_required')
    })

    test('a link is changed, and is over when it expires', async () => {
      const wanted = { asset_ids: [may], expires_at: '2099-01-01T00:00:00Z' }
      const link = await done('alice', 'POST', '/links', wanted)
      const changed = await done('alice', 'PATCH', `/links/${link.id}`, { expires_at: null, description: 'For ever' })
      assert.deepEqual([changed.expires_at, changed.description], [null, 'For ever'])
      const past = await done('alice', 'PATCH', `/links/${link.id}`, { expires_at: '2020-01-01T00:00:00Z' })
      assert.equal((await photos(undefined, 'GET', `/shared/${codeOf(past)}`)).status, 404)
      const both = await photos('alice', 'POST', '/links', { ...wanted, album_id: may })
      assert.equal(both.status, 400)
    })

    test("nobody sees, changes or shares another's albums and links", async () => {
      const album = await albumOf(may)
      const link = await done('alice', 'POST', '/links', { asset_ids: [may] })
      const tries = [
        ['GET', `/albums/${album.id}`],
        ['PATCH', `/albums/${album.id}`, { name: 'Mine' }],
        ['DELETE', `/albums/${album.id}`],
        ['GET', `/albums/${album.id}/assets`],
        ['PATCH', `/albums/${album.id}/assets`, { remove: [may] }],
        ['PUT', `/albums/${album.id}/members`, { email: 'bob@ulti.test', role: 'editor' }],
        ['DELETE', `/albums/${album.id}/members/me`],
        ['GET', `/timeline?album_id=${album.id}`],
        ['POST', '/albums', { name: 'Mine', asset_ids: [may] }],
        ['POST', '/links', { album_id: album.id }],
        ['POST', '/links', { asset_ids: [may] }],
        ['GET', `/links/${link.id}`],
        ['PATCH', `/links/${link.id}`, { description: 'Mine' }],
        ['DELETE', `/links/${link.id}`],
      ] as const
      for (const [method, path, sent] of tries) {
        const answer = await photos('bob', method, path, sent)
        assert.deepEqual([answer.status, answer.body?.code], [404, 'not_found'], `${method} ${path}`)
      }
      assert.equal((await done('bob', 'GET', '/links')).items.length, 0)
      assert.equal(immich.records.links.filter(({ id }) => id === link.id).length, 1)
    })
  })
}
