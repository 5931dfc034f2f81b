import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { administratorSettings, createAdministration } from '../../../../test/fixtures/administrators.ts'
import { startTestApp } from '../../../../test/harness/app.ts'
import { startNextcloud } from '../../../../test/harness/nextcloud.ts'

suite('quotas of drives', async () => {
  const nextcloud = await startNextcloud()
  const app = await startTestApp({ ...administratorSettings, ...nextcloud.settings })
  after(async () => {
    await app.close()
    await nextcloud.close()
  })
  const { as, admin, expect, personId } = createAdministration(app)

  test('are told with what is used, set at Nextcloud and written down', async () => {
    const bob = await personId('bob')
    await expect(404, 'GET', `/people/${bob}/drive-quota`)
    const made = await as('bob', [], 'POST', '/api/v1/drive/folders', { body: { path: '/Papers' } })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    assert.deepEqual(await expect(200, 'GET', `/people/${bob}/drive-quota`), { used: 0, quota: null })
    const body = { quota: 5_000_000 }
    assert.deepEqual(await expect(200, 'PUT', `/people/${bob}/drive-quota`, { body }), { used: 0, ...body })
    assert.equal(nextcloud.people.find('bob')?.quota, 5_000_000)
    const { items } = await expect(200, 'GET', '/audit/entries?action=admin.quota_changed')
    assert.deepEqual(items[0].details, { before: { quota: null }, after: body })
    assert.equal((await expect(200, 'PUT', `/people/${bob}/drive-quota`, { body: { quota: null } })).quota, null)
    assert.equal((await admin('PUT', `/people/${bob}/drive-quota`, { body: { quota: -1 } })).status, 400)
  })
})
