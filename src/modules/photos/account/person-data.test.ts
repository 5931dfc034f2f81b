import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { administratorSettings, createAdministration } from '../../../../test/fixtures/administrators.ts'
import { type PhotosApp, startPhotosApp } from '../../../../test/fixtures/photos-app.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { immichAdmin } from '../../../../test/harness/immich.ts'
import { unzipBytes } from '../../../../test/harness/zip.ts'

suite('the photos of somebody who leaves', () => {
  let world: PhotosApp
  let admin: ReturnType<typeof createAdministration>
  let alice: string

  before(async () => {
    world = await startPhotosApp(3, { ...administratorSettings, ULTID_ROLES: 'api,jobs' })
    admin = createAdministration(world.app)
    await world.uploadPicture('alice', 'Lisbon.jpg', 'red')
    await world.uploadPicture('alice', 'Porto.jpg', 'blue')
    await world.uploadPicture('bob', 'Rome.jpg', 'green')
    const { rows } = await world.app.app.platform.pool.query(`select id from principal where subject = 'alice'`)
    alice = rows[0].id
  })
  after(() => world.close())
  const usersThere = async (): Promise<string[]> => {
    const headers = { 'x-api-key': immichAdmin.apiKey }
    const answer = await fetch(new URL('/api/admin/users', world.immich.url), { headers })
    assert.equal(answer.status, 200)
    return ((await answer.json()) as { email: string }[]).map(({ email }) => email).sort()
  }

  test('are listed in their archive, which holds no key', async () => {
    const wanted = await admin.expect(202, 'POST', `/people/${alice}/exports`)
    const path = `/people/${alice}/exports/${wanted.id}`
    await eventually(async () => assert.equal((await admin.expect(200, 'GET', path)).state, 'done'), {
      timeoutMs: 30_000,
    })
    const headers = { authorization: `Bearer ${await admin.token('root', ['ulti-admins'])}` }
    const answer = await fetch(new URL(`/api/v1/admin${path}/content.zip`, world.app.url), { headers })
    const archive = await unzipBytes(Buffer.from(await answer.arrayBuffer()))
    const lines = String(archive['photos/assets.ndjson']).trim().split('\n')
    assert.deepEqual(lines.map((line) => JSON.parse(line).filename).sort(), ['Lisbon.jpg', 'Porto.jpg'])
    const account = JSON.parse(String(archive['photos/photos_account.ndjson']))
    assert.deepEqual([account.origin, account.api_key, account.password], ['created', undefined, undefined])
  })

  test('go with the account at Immich that was made for them, and nobody else’s do', async () => {
    assert.deepEqual(await usersThere(), [immichAdmin.email, 'alice@ulti.test', 'bob@ulti.test'].sort())
    await admin.expect(200, 'PUT', `/people/${alice}/suspension`)
    await world.app.app.platform.pool.query(
      `update principal set suspended_at = now() - interval '1 hour', username = 'alice' where id = $1`,
      [alice],
    )
    await admin.expect(202, 'POST', `/people/${alice}/erasure`, { body: { name: 'alice' } })
    await eventually(
      async () => {
        const shown = await admin.expect(200, 'GET', `/people/${alice}/erasure`)
        assert.equal(shown.state, 'done', JSON.stringify(shown))
        assert.ok(shown.report.systems.includes('photos'))
      },
      { timeoutMs: 30_000 },
    )
    assert.deepEqual(await usersThere(), [immichAdmin.email, 'bob@ulti.test'].sort())
  })
})
