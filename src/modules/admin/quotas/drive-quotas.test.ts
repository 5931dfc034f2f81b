import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { administratorSettings, createAdministration } from '../../../../test/fixtures/administrators.ts'
import { startTestApp } from '../../../../test/harness/app.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { startNextcloud } from '../../../../test/harness/nextcloud.ts'

suite('quotas of drives', async () => {
  const nextcloud = await startNextcloud()
  const app = await startTestApp({ ...administratorSettings, ...nextcloud.settings, ULTID_ROLES: 'api,jobs' })
  after(async () => {
    await app.close()
    await nextcloud.close()
  })
  const { as, admin, expect, personId } = createAdministration(app)

  const quotaOf = (name: string) => nextcloud.people.find(name)?.quota
  const becomes = (name: string, quota: number | null) => eventually(() => assert.equal(quotaOf(name), quota))
  /** What the sweep does every minute. */
  const sweep = () => app.app.platform.pool.query(`select graphile_worker.add_job('admin.drive_quotas', '{}'::json)`)
  const jobsAreDone = () =>
    eventually(async () => {
      const { rows } = await app.app.platform.pool.query(
        `select from graphile_worker.jobs where task_identifier = 'admin.drive_quotas'`,
      )
      assert.equal(rows.length, 0)
    })
  const setGroups = (body: object) => expect(200, 'PUT', '/quotas', { body })
  const useDrive = async (name: string, groups: string[]) => {
    const id = await personId(name)
    const made = await as(name, groups, 'POST', '/api/v1/drive/folders', { body: { path: '/Papers' } })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    return id
  }
  const said = { said_by: null, group: null, is_told: true, error_code: null }

  test('are told with what is used, set at Nextcloud and written down', async () => {
    const bob = await personId('bob')
    await expect(404, 'GET', `/people/${bob}/drive-quota`)
    await useDrive('bob', [])
    assert.deepEqual(await expect(200, 'GET', `/people/${bob}/drive-quota`), { used: 0, quota: null, ...said })
    const body = { quota: 5_000_000 }
    const own = { used: 0, ...body, ...said, said_by: 'person' }
    assert.deepEqual(await expect(200, 'PUT', `/people/${bob}/drive-quota`, { body }), own)
    assert.equal(quotaOf('bob'), 5_000_000)
    const { items } = await expect(200, 'GET', '/audit/entries?action=admin.quota_changed')
    assert.deepEqual(items[0].details, { before: { quota: null }, after: body })
    assert.equal((await expect(200, 'PUT', `/people/${bob}/drive-quota`, { body: { quota: null } })).quota, null)
    assert.equal((await admin('PUT', `/people/${bob}/drive-quota`, { body: { quota: -1 } })).status, 400)
  })

  test('of a group are told of each of its people, and taken back with the word; what was set by hand for others stays', async () => {
    const carol = await useDrive('carol', ['teachers', 'choir'])
    await useDrive('dave', [])
    const byHand = nextcloud.people.find('dave')
    assert(byHand)
    byHand.quota = 123
    await setGroups({
      everybody: {},
      groups: [
        { group: 'teachers', limits: { drive: 7_000_000 } },
        { group: 'choir', limits: { drive: 9_000_000 } },
      ],
    })
    await becomes('carol', 9_000_000)
    assert.equal(quotaOf('dave'), 123)
    const told = await eventually(async () => {
      const view = await expect(200, 'GET', `/people/${carol}/drive-quota`)
      assert.equal(view.is_told, true)
      return view
    })
    assert.deepEqual(told, { used: 0, quota: 9_000_000, ...said, said_by: 'group', group: 'choir' })
    await setGroups({ everybody: {}, groups: [] })
    await becomes('carol', null)
    assert.equal(quotaOf('dave'), 123)
  })

  test('follow people who come into a group or leave it, and reach those who come to the drive later', async () => {
    await setGroups({ everybody: { drive: 1_000 }, groups: [{ group: 'teachers', limits: { drive: null } }] })
    await becomes('dave', 1_000)
    await as('dave', ['teachers'], 'GET', '/api/v1/account/')
    await sweep()
    await becomes('dave', null)
    await as('dave', ['pupils'], 'GET', '/api/v1/account/')
    await useDrive('erin', [])
    await sweep()
    await becomes('dave', 1_000)
    await becomes('erin', 1_000)
  })

  test('of a person win over those of their groups, stand beside those of mail, and are shown with what is used', async () => {
    const dave = await personId('dave')
    await expect(200, 'PUT', `/people/${dave}/quotas`, { body: { drive: 2_000 } })
    await becomes('dave', 2_000)
    const { items } = await expect(200, 'GET', `/people/${dave}/quotas`)
    assert.deepEqual(
      items.map(({ kind }: { kind: string }) => kind),
      ['mail', 'attachments', 'drive'],
    )
    assert.deepEqual(items[2], { kind: 'drive', used: 0, quota: 2_000, said_by: 'person', group: null })
    const own = (await as('dave', [], 'GET', '/api/v1/account/storage')).body.items
    assert.equal(own.length, 2, 'one’s own drive is told by the drive')
    await expect(200, 'PUT', `/people/${dave}/quotas`, { body: {} })
    await becomes('dave', 1_000)
  })

  test('are told once Nextcloud hears again, and until then operators see how many wait and why', async () => {
    nextcloud.faults.intercept = ({ method }, response) => {
      if (method !== 'PUT') return false
      response.writeHead(503).end()
      return true
    }
    await setGroups({ everybody: { drive: 3_000 }, groups: [] })
    await eventually(async () => {
      const { drive_quotas } = await expect(200, 'GET', '/operations/overview')
      assert(
        drive_quotas.waiting >= 3 && drive_quotas.failing >= 1 && drive_quotas.error_code,
        JSON.stringify(drive_quotas),
      )
      assert.match(drive_quotas.remedy, /as soon as it is back/)
    })
    const { items } = await expect(200, 'GET', '/operations/drive-quotas')
    assert.deepEqual([items[0].error_code, items[0].attempts >= 1], ['upstream_unavailable', true])
    assert.match(items[0].remedy, /as soon as it is back/)
    nextcloud.faults.intercept = undefined
    await app.app.platform.pool.query(
      'update admin_drive_quota set next_attempt_at = now() where next_attempt_at is not null',
    )
    await sweep()
    for (const name of ['bob', 'carol', 'dave', 'erin']) await becomes(name, 3_000)
    const { drive_quotas } = await expect(200, 'GET', '/operations/overview')
    assert.deepEqual(drive_quotas, { waiting: 0, failing: 0, error_code: null, remedy: null })
    assert.deepEqual((await expect(200, 'GET', '/operations/drive-quotas')).items, [])
  })

  test('are told once: what was heard is not said again, so that a change by hand stays until another word', async () => {
    const told: string[] = []
    nextcloud.faults.intercept = ({ method, url = '' }) => {
      if (method === 'PUT') told.push(url)
      return false
    }
    const carol = nextcloud.people.find('carol')
    assert(carol)
    carol.quota = 77
    await setGroups({ everybody: { drive: 3_000, mail: 5 }, groups: [{ group: 'nobody', limits: { drive: 1 } }] })
    await jobsAreDone()
    assert.deepEqual([told, quotaOf('carol')], [[], 77])
    await as('carol', ['nobody'], 'GET', '/api/v1/account/')
    await sweep()
    await becomes('carol', 1)
    assert.equal(told.length, 1, JSON.stringify(told))
    nextcloud.faults.intercept = undefined
  })

  test('are told by another node what one that died had in hand, and nobody is told who has no drive yet', async () => {
    const { pool } = app.app.platform
    const carol = await personId('carol')
    const frank = await personId('frank')
    await pool.query(`insert into nextcloud_account (owner_id, uid) select id, 'frank' from principal where id = $1`, [
      frank,
    ])
    // As a node leaves it that ends between the claim and the answer.
    await pool.query(
      `update admin_drive_quota set wanted = '4000', attempts = 1, next_attempt_at = now() - interval '1 second'
        where owner_id = $1`,
      [carol],
    )
    await pool.query(`insert into admin_quota (owner_id, kind, bytes) values ($1, 'drive', 4000)`, [carol])
    await sweep()
    await becomes('carol', 4_000)
    await jobsAreDone()
    assert.equal((await pool.query('select from admin_drive_quota where owner_id = $1', [frank])).rowCount, 0)
  })
})

suite('quotas of drives without a Nextcloud', async () => {
  const app = await startTestApp(administratorSettings)
  after(() => app.close())
  const { admin } = createAdministration(app)

  test('are refused, and mail and attachments can still be limited', async () => {
    const refused = await admin('PUT', '/quotas', { body: { everybody: { drive: 1 }, groups: [] } })
    assert.deepEqual([refused.status, refused.body.code], [409, 'admin.file_storage_off'])
    assert.equal((await admin('PUT', '/quotas', { body: { everybody: { mail: 1 }, groups: [] } })).status, 200)
  })
})
