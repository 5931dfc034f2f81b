import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import sharp from 'sharp'
import { startContactsApp } from '../../../../test/fixtures/contacts-app.ts'
import { initialsOf, initialsPicture } from './initials.ts'

test('initials are the first letters of the first and the last name, whatever the script', () => {
  const cases: [name: string, initials: string][] = [
    ['Grace Brewster Hopper', 'GH'],
    ['émile', 'É'],
    ['山田 太郎', '山'],
    ['  (unknown) ', 'U'],
    ['', '?'],
    ['<script>x</script>', 'SS'],
    ['👩‍👩‍👧 family', 'F'],
  ]
  for (const [name, initials] of cases) assert.equal(initialsOf(name), initials, name)
  assert.doesNotMatch(initialsPicture('&', '<u>', 64), /[<>&]u/)
})

suite('photos of contacts', async () => {
  const app = await startContactsApp()
  after(() => app.close())
  const { create, call, get, urlOf } = app
  const send = async (path: string, body: Buffer, headers: Record<string, string> = {}) => {
    const authorization = `Bearer ${await app.token('alice')}`
    const answer = await fetch(new URL(`/api/v1/contacts${path}/photo`, app.url), {
      ...{ method: 'PUT', body: new Uint8Array(body) },
      headers: { authorization, 'content-type': 'image/png', ...headers },
    })
    return { status: answer.status, body: (await answer.json()) as { code?: string; etag: string; has_photo: boolean } }
  }
  const fetched = async (path: string, headers: Record<string, string> = {}) => {
    const authorization = `Bearer ${await app.token('alice')}`
    const answer = await fetch(new URL(`/api/v1/contacts${path}`, app.url), { headers: { authorization, ...headers } })
    return { answer, bytes: Buffer.from(await answer.arrayBuffer()) }
  }
  const picture = await sharp({ create: { width: 900, height: 300, channels: 3, background: '#336699' } })
    .png()
    .toBuffer()

  test('are stored small without their metadata, shown in any size, and taken away', async () => {
    const made = await create('alice', { name: { full: 'Grace Hopper' } })
    const url = urlOf(made)
    const before = await fetched(`${url}/photo`)
    assert.match(before.answer.headers.get('content-type') ?? '', /^image\/svg\+xml/)
    assert.match(before.bytes.toString(), />GH</)
    const stale = await send(url, picture, { 'if-match': '"other"' })
    assert.equal(stale.status, 412)
    const stored = await send(url, picture, { 'if-match': made.etag })
    assert.deepEqual([stored.status, stored.body.has_photo], [200, true])
    const shown = await fetched(`${url}/photo?size=64`)
    const { format, width, height } = await sharp(shown.bytes).metadata()
    assert.deepEqual([format, width, height], ['webp', 64, 64])
    assert.equal(shown.answer.headers.get('x-content-type-options'), 'nosniff')
    const again = await fetched(`${url}/photo?size=64`, { 'if-none-match': shown.answer.headers.get('etag') ?? '' })
    assert.deepEqual([again.answer.status, again.bytes.length], [304, 0])
    const raw = await app
      .dav('alice')
      .get(`${decodeURIComponent(made.path).replace('/remote.php/dav', '')}`, { query: '?photo' })
    const chunks = (await raw.body.toArray()) as Buffer[]
    assert.deepEqual((await sharp(Buffer.concat(chunks)).metadata()).width, 512)
    await call('alice', 200, 'PATCH', url, { notes: { n1: { note: 'kept' } } })
    assert.equal((await get('alice', url)).has_photo, true)
    const { body: bare } = await call('alice', 200, 'DELETE', `${url}/photo`)
    assert.equal(bare.has_photo, false)
  })

  test('what is no picture, is too large, or is somebody else’s, is refused', async () => {
    const made = await create('alice', { name: { full: 'Nobody' } })
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    for (const content of [svg, Buffer.from('no picture'), picture.subarray(0, 60)]) {
      assert.equal((await send(urlOf(made), content)).body.code, 'contacts.photo_unreadable')
    }
    assert.equal((await send(urlOf(made), Buffer.alloc(8 * 1024 * 1024 + 1))).body.code, 'contacts.photo_too_large')
    assert.equal((await app.request('GET', `/api/v1/contacts${urlOf(made)}/photo`, { as: 'bob' })).status, 404)
  })
})
