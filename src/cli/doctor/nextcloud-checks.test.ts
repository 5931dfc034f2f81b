import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { nextcloudSettings, startNextcloud } from '../../../test/harness/nextcloud.ts'
import { readConfig } from '../../config/config.ts'
import { runCheck } from './check.ts'
import { nextcloudChecks } from './nextcloud-checks.ts'

suite('what ultid doctor says of Nextcloud', async () => {
  const nextcloud = await startNextcloud()
  after(() => nextcloud.close())
  async function examine(settings: Record<string, string>) {
    const { config, secrets } = readConfig({
      ...{ ULTID_ENV: 'development', ULTID_DB_URL: 'postgres://u@h/d', ULTID_OIDC_ISSUER: 'http://issuer.test' },
      ULTID_OBJECTS_DIR: '/tmp',
      ...{ MAIL_CREDENTIAL_KEYS: `test:${Buffer.alloc(32).toString('base64')}`, MAIL_ACTIVE_CREDENTIAL_KEY_ID: 'test' },
      ...settings,
    })
    const results = await Promise.all(nextcloudChecks(config.nextcloud, secrets.nextcloudAdminPassword).map(runCheck))
    return results.map(({ status }) => status)
  }

  test('one that answers and takes its administrator is well; one in maintenance is a warning', async () => {
    assert.deepEqual(await examine(nextcloud.settings), ['ok', 'ok'])
    nextcloud.faults.isMaintenance = true
    const [first] = await examine(nextcloud.settings)
    nextcloud.faults.isMaintenance = false
    assert.equal(first, 'warning')
  })

  test('a wrong password, nobody there and another server are failures', async () => {
    const wrong = { ...nextcloud.settings, NEXTCLOUD_ADMIN_PASSWORD: 'wrong' }
    assert.deepEqual(await examine(wrong), ['ok', 'failed'])
    assert.deepEqual(await examine(await nextcloudSettings()), ['failed', 'failed'])
    assert.deepEqual(await examine({ ...nextcloud.settings, NEXTCLOUD_ENABLED: 'false' }), [])
  })
})
