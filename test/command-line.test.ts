import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { suite, test } from 'node:test'
import { settingsFor, ultidProcess } from './harness/command-line.ts'
import { createTestDatabase } from './harness/database.ts'
import { startIssuer } from './harness/issuer.ts'
import { openTestDatabase } from './harness/open-database.ts'
import { startUltid } from './harness/processes.ts'
import { createTempDir } from './harness/temp-dir.ts'

const settings = (databaseUrl: string, issuer: string, objects: string) => settingsFor(databaseUrl, { issuer, objects })

suite('ultid on the command line', () => {
  test('explains itself when asked, and complains about what it does not know', async () => {
    const asked = [[], ['--help']].map((args) => ultidProcess(args))
    const unknown = ['server', 'constructor'].map((name) => ultidProcess([name]))
    for (const { code, output } of await Promise.all(asked)) {
      assert.equal(code, 0)
      assert.match(output, /serve/)
    }
    for (const { code, output, complaint } of await Promise.all(unknown)) {
      assert.deepEqual([code, output], [2, ''])
      assert.match(complaint, /There is no command "/)
    }
    const option = await ultidProcess(['serve', '--port', '1'])
    assert.equal(option.code, 2)
    assert.match(option.complaint, /--port/)
    assert.doesNotMatch(option.complaint, /\n +at /)
  })

  test('names every fault of the configuration at once, without a stack, and ends with 2', async () => {
    const { code, complaint } = await ultidProcess(['serve'], { ULTID_PORT: 'x' })
    assert.equal(code, 2)
    for (const name of [
      'ULTID_DB_URL',
      'ULTID_OIDC_ISSUER',
      'ULTID_OBJECTS_DIR',
      'MAIL_CREDENTIAL_KEYS',
      'ULTID_PORT',
    ]) {
      assert.match(complaint, new RegExp(`^ +${name} `, 'm'))
    }
    assert.doesNotMatch(complaint, /\n +at /)
  })

  test('migrates a database and says what is applied', async (t) => {
    const database = await openTestDatabase()
    t.after(database.close)
    const environment = settings(database.url, 'http://localhost:1', '/nonexistent')
    const again = await ultidProcess(['migrate'], environment)
    assert.deepEqual([again.code, again.output], [0, 'the database is up to date\n'])
    const status = await ultidProcess(['migrate', '--status'], environment)
    assert.match(status.output, /^\d{4}-\d\d-\d\dT\S+ {2}0001-platform$/m)
  })

  test('names a port that is taken and the variable that changes it, and leaves no node behind', async (t) => {
    const [database, issuer, objects] = [await openTestDatabase(), await startIssuer(), await createTempDir('objects')]
    const occupant = createServer().listen(0, '127.0.0.1')
    t.after(() => Promise.all([database.close(), issuer.close(), objects.remove(), occupant.close()]))
    await new Promise((listening) => occupant.once('listening', listening))
    const { port } = occupant.address() as { port: number }
    const environment = { ...settings(database.url, issuer.url, objects.path), ULTID_PORT: String(port) }
    const { code, complaint } = await ultidProcess(['serve'], environment)
    assert.equal(code, 2, complaint)
    assert.match(complaint, new RegExp(`127.0.0.1:${port}; .*ULTID_PORT`))
    assert.deepEqual(await database.database.selectFrom('node').select('id').execute(), [])
  })
})

suite('ultid serve', () => {
  test('stops in order at SIGTERM: it says goodbye to the other nodes and ends with 0', async (t) => {
    const [database, issuer, objects] = [await openTestDatabase(), await startIssuer(), await createTempDir('objects')]
    t.after(() => Promise.all([database.close(), issuer.close(), objects.remove()]))
    const nodes = () => database.database.selectFrom('node').select('roles').execute()
    const node = await startUltid(settings(database.url, issuer.url, objects.path))
    assert.deepEqual(await nodes(), [{ roles: ['api', 'sync', 'jobs'] }])
    assert.deepEqual(await node.kill('SIGTERM'), { code: 0, signal: null })
    assert.deepEqual(await nodes(), [])
    for (const line of node.logs) assert.doesNotThrow(() => JSON.parse(line), line)
  })

  test('nodes that start together on one database all become ready', async (t) => {
    const [database, issuer, objects] = [
      await createTestDatabase(),
      await startIssuer(),
      await createTempDir('objects'),
    ]
    t.after(() => Promise.all([database.drop(), issuer.close(), objects.remove()]))
    const start = () => startUltid(settings(database.url, issuer.url, objects.path))
    const nodes = await Promise.all([start(), start()])
    await Promise.all(nodes.map((node) => node.kill()))
  })
})
