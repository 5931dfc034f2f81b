import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { type Issuer, startIssuer } from './issuer.ts'
import { startUltid } from './processes.ts'
import { createTempDir } from './temp-dir.ts'

suite('ultid as a process', () => {
  let database: TestDatabase
  let issuer: Issuer
  let objects: Awaited<ReturnType<typeof createTempDir>>
  before(async () => {
    database = await createTestDatabase()
    issuer = await startIssuer()
    objects = await createTempDir('objects')
  })
  after(async () => {
    await issuer.close()
    await objects.remove()
    await database.drop()
  })
  const environment = () => ({
    ULTID_DB_URL: database.url,
    ULTID_OIDC_ISSUER: issuer.url,
    ULTID_OBJECTS_DIR: objects.path,
  })

  test('is ready, ends with 0 at SIGTERM and comes back under its address after kill -9', async () => {
    const first = await startUltid(environment())
    assert.equal((await fetch(`${first.url}/healthz`)).status, 200)
    assert.deepEqual(await first.kill('SIGKILL'), { code: null, signal: 'SIGKILL' })
    await assert.rejects(fetch(`${first.url}/healthz`))

    const second = await startUltid(environment(), { port: first.port, roles: ['api'] })
    assert.equal(second.url, first.url)
    assert.deepEqual(await second.kill(), { code: 0, signal: null })
    assert(second.logs.length > 0)
  })

  test('says why it did not start', async () => {
    await assert.rejects(startUltid({ ...environment(), ULTID_DB_POOL_SIZE: 'many' }), /ULTID_DB_POOL_SIZE/)
  })
})
