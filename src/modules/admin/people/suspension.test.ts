import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import WebSocket from 'ws'
import { administratorSettings, createAdministration } from '../../../../test/fixtures/administrators.ts'
import { type MailboxApp, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { startAuthentik, type TestAuthentik } from '../../../../test/harness/authentik.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { startNextcloud, type TestNextcloud } from '../../../../test/harness/nextcloud.ts'
import { leaseStore } from '../../mail/sync/lease-store.ts'

suite('a suspension', () => {
  let authentik: TestAuthentik
  let nextcloud: TestNextcloud
  let app: MailboxApp
  let admin: ReturnType<typeof createAdministration>

  before(async () => {
    authentik = await startAuthentik()
    nextcloud = await startNextcloud()
    app = await startMailboxApp({ ...administratorSettings, ...authentik.settings, ...nextcloud.settings })
    admin = createAdministration(app)
  })
  after(async () => {
    await app.close()
    await nextcloud.close()
    await authentik.close()
  })
  const userOf = (name: string) => authentik.directory.users().find(({ username }) => username === name)

  test('ends at once all that a person comes in by, their sync and their sending; a reactivation gives it back', async () => {
    const bob = await admin.personId('bob')
    const account = (method: string, path: string, body?: object) =>
      admin.as('bob', [], method, `/api/v1/account${path}`, { body })
    const token = (await account('POST', '/tokens', { name: 'A program', permissions: ['account:read'] })).body.token
    const device = (await account('POST', '/devices', { name: 'Phone' })).body
    const mailbox = await app.mailboxOf('bob')
    const accessToken = await admin.token('bob')
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/ws`, {
      headers: { authorization: `Bearer ${accessToken}` },
    })
    const closed = new Promise<number>((resolve) => socket.on('close', resolve))
    await new Promise((resolve) => socket.once('message', resolve))
    const basic = `Basic ${Buffer.from(`${device.username}:${device.password}`).toString('base64')}`
    const ways = {
      token: () => app.request('GET', '/api/v1/account/', { headers: { authorization: `Bearer ${accessToken}` } }),
      personal: () => app.request('GET', '/api/v1/account/', { headers: { authorization: `Bearer ${token}` } }),
      device: () => app.request('PROPFIND', '/dav/', { headers: { authorization: basic, depth: '0' } }),
    }
    const statuses = async () => Promise.all(Object.values(ways).map(async (way) => (await way()).status))
    assert.deepEqual(await statuses(), [200, 200, 207])
    const uid = nextcloud.people.find('bob')?.uid
    assert.equal(uid, 'bob')
    const claim = () => leaseStore.claim(app.database, crypto.randomUUID(), { seconds: 60, limit: 10 })
    await app.database.updateTable('mail_account').set({ state: 'synced' }).execute()
    await leaseStore.ensure(app.database)
    const [lease] = await claim()
    assert.equal(lease?.mailAccountId, mailbox.mailAccountId)

    const person = await admin.expect(200, 'PUT', `/people/${bob}/suspension`)
    assert.equal(person.is_active, false)
    assert.deepEqual(
      person.outside.map(({ system, is_heard }: { system: string; is_heard: boolean }) => [system, is_heard]),
      [
        ['authentik', true],
        ['nextcloud', true],
      ],
    )
    assert.equal(await closed, 4001)
    assert.deepEqual(await statuses(), [401, 401, 401])
    assert.equal((await ways.token()).body.code, 'auth.suspended')
    assert.deepEqual([userOf('bob')?.isActive, nextcloud.people.find('bob')?.isEnabled], [false, false])
    assert.ok(
      lease && (await leaseStore.renew(app.database, [lease], 60)).lost.size === 1,
      'the node that synced has lost the account',
    )
    assert.deepEqual(await claim(), [], 'no node may take it')

    await admin.expect(200, 'DELETE', `/people/${bob}/suspension`)
    assert.deepEqual([userOf('bob')?.isActive, nextcloud.people.find('bob')?.isEnabled], [true, true])
    assert.deepEqual((await statuses()).slice(1), [200, 207])
    assert.equal((await claim()).length, 1)
  })

  test('of a system that is away is told to it when it is back', async () => {
    const carol = await admin.personId('carol')
    authentik.faults.isDown = true
    await admin.admin('PUT', `/people/${carol}/suspension`)
    const { rows } = await app.app.platform.pool.query(
      'select error_code from admin_outside_access where owner_id = $1 and system = $2 and next_attempt_at is not null',
      [carol, 'authentik'],
    )
    assert.deepEqual(rows, [{ error_code: 'upstream_unavailable' }])
    assert.equal((await admin.as('carol', [], 'GET', '/api/v1/account/')).body.code, 'auth.suspended')
    authentik.faults.isDown = false
    await app.app.platform.pool.query('update admin_outside_access set next_attempt_at = now() where owner_id = $1', [
      carol,
    ])
    // A sweep of the node does the same.
    await eventually(async () => {
      const { outside } = await admin.expect(200, 'PUT', `/people/${carol}/suspension`)
      assert.ok(outside.every(({ is_heard }: { is_heard: boolean }) => is_heard))
    })
    assert.equal(userOf('carol')?.isActive, false)
  })

  test('of oneself is refused', async () => {
    const { body } = await admin.as('root', ['ulti-admins'], 'GET', '/api/v1/account/')
    const refused = await admin.admin('PUT', `/people/${body.id}/suspension`)
    assert.deepEqual([refused.status, refused.body.code], [409, 'admin.own_person'])
  })
})
