import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startDrive } from '../../../../test/fixtures/drive.ts'
import { picture } from '../../../../test/fixtures/photos-app.ts'
import { startImmich } from '../../../../test/harness/immich.ts'

suite('photos and the drive', async () => {
  const immich = await startImmich(3)
  const drive = await startDrive({ environment: immich.settings })
  after(async () => {
    await drive.close()
    await immich.close()
  })
  const { app, nextcloud } = drive
  const headers = async () => ({
    authorization: `Bearer ${await app.issuer.token({ sub: 'alice', name: 'alice', email: 'alice@ulti.test' })}`,
  })
  const photos = async (method: string, path: string, body?: unknown) =>
    app.request(method, `/api/v1/photos${path}`, { headers: await headers(), ...(body !== undefined && { body }) })
  await drive.alice('GET', '/items')
  const bytes = await picture('#406080')

  test('a picture of the drive goes into the photos, once, and back under a free name', async () => {
    await nextcloud.write('alice', 'Travel/Tram.jpg', bytes)
    const taken = await photos('POST', '/assets/from-drive', { drive_path: '/Travel/Tram.jpg' })
    assert.deepEqual([taken.status, taken.body.state, taken.body.size_bytes], [201, 'created', bytes.length])
    const again = await photos('POST', '/assets/from-drive', { drive_path: '/Travel/Tram.jpg' })
    assert.deepEqual([again.status, again.body.id], [200, taken.body.id])
    const saved = await photos('POST', `/assets/${taken.body.id}/drive-copies`, { folder: '/Travel/' })
    assert.deepEqual([saved.status, saved.body.path], [201, '/Travel/Tram (2).jpg'])
    const original = await fetch(new URL('/api/v1/drive/content/Travel/Tram%20(2).jpg', app.url), {
      headers: await headers(),
    })
    assert.deepEqual(Buffer.from(await original.arrayBuffer()), bytes)
  })

  test('who may only look at photos writes nowhere else by them', async () => {
    const wanted = { name: 'A viewer', permissions: ['photos:read', 'photos:write'] }
    const made = await app.request('POST', '/api/v1/account/tokens', { headers: await headers(), body: wanted })
    const limited = { authorization: `Bearer ${made.body.token}` }
    const [asset] = immich.records.assets
    const tries = [
      [`/assets/${asset?.id}/drive-copies`, { folder: '/' }],
      [`/assets/${asset?.id}/mail-attachments`, undefined],
      ['/assets/from-drive', { drive_path: '/Travel/Tram.jpg' }],
    ] as const
    for (const [path, body] of tries) {
      const answer = await app.request('POST', `/api/v1/photos${path}`, { headers: limited, ...(body && { body }) })
      assert.deepEqual([answer.status, answer.body.code], [403, 'auth.forbidden'], path)
    }
  })

  test('what is not there, is no picture, or leads elsewhere is refused', async () => {
    await nextcloud.write('alice', 'Notes.txt', 'no picture')
    const codeOf = async (path: string) => (await photos('POST', '/assets/from-drive', { drive_path: path })).body.code
    assert.equal(await codeOf('/Travel/Gone.jpg'), 'not_found')
    assert.equal(await codeOf('/Notes.txt'), 'photos.unsupported_format')
    assert.equal(await codeOf('/../bob/Tram.jpg'), 'invalid_path')
    const [asset] = immich.records.assets
    const nowhere = await photos('POST', `/assets/${asset?.id}/drive-copies`, { folder: '/Nowhere' })
    assert.deepEqual([nowhere.status, nowhere.body.code], [409, 'parent_not_found'])
  })
})
