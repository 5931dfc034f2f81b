import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { letter } from '../../../../test/fixtures/sync-suite.ts'
import { type SyncedApp, startSyncedApp } from '../../../../test/fixtures/synced-app.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { skipWithoutDovecot } from '../../../../test/harness/servers.ts'
import { startStopwatch } from '../../../../test/harness/stopwatch.ts'

suite('control of mail accounts', { skip: skipWithoutDovecot }, () => {
  let world: SyncedApp
  before(async () => {
    world = await startSyncedApp()
  })
  after(() => world.close())

  /** A mailbox whose account is asked for by its own path. */
  async function connected(name: string) {
    const box = await world.connected(name)
    return {
      ...box,
      request: (method: string, more = '', changed?: object) =>
        box.request(method, `/accounts/${box.id}${more}`, changed),
    }
  }

  test('a new password is signed in with, sealed, and used at once; the mailbox stays as it is listed', async () => {
    const box = await connected('ann')
    const before = await box.messages()
    const changed = world.dovecot.setPassword(box.user, 'another-secret')
    const answer = await box.request('PATCH', '', { name: 'Work', imap: { password: changed.password } })
    assert.deepEqual([answer.status, answer.body.name, answer.body.state], [200, 'Work', 'synced'])
    await world.dovecot.deliver(changed, letter('second'))
    await eventually(async () => assert.equal((await box.messages()).length, 2))
    assert.ok((await box.messages()).some(({ id }) => id === before[0]?.id))
    assert.deepEqual(await box.events('mail.folder_reset'), [])
    const { rows } = await world.database.query('select action, details from audit_entry where target = $1', [box.id])
    assert.deepEqual(rows, [{ action: 'mail.account_updated', details: { changed: ['name', 'imap'] } }])
    const { rows: sealed } = await world.database.query('select imap_secret from mail_account where id = $1', [box.id])
    assert.ok(!JSON.stringify(sealed).includes('another-secret'))
  })

  test('what the servers refuse changes nothing, and sync goes on with what it had', async () => {
    const box = await connected('bea')
    const before = (await world.database.query('select * from mail_account where id = $1', [box.id])).rows
    const refused = await box.request('PATCH', '', { name: 'New', imap: { password: 'wrong' }, smtp: world.smtp() })
    assert.deepEqual([refused.status, refused.body.code], [422, 'mail.authentication_failed'])
    assert.equal(refused.body.details[0].path, 'body.imap')
    const after = (await world.database.query('select * from mail_account where id = $1', [box.id])).rows
    const settled = (rows: Array<Record<string, unknown>>) => rows.map(({ last_synced_at: _, ...rest }) => rest)
    assert.deepEqual(settled(after), settled(before))
    await box.deliver('second')
    await eventually(async () => assert.equal((await box.messages()).length, 2))
  })

  test('the right password ends the error of a wrong one at once', async () => {
    const box = await connected('cleo')
    world.dovecot.setPassword(box.user, 'changed-at-the-provider')
    // The session lives on until it has to sign in again.
    await box.request('PUT', '/pause')
    await box.request('DELETE', '/pause')
    await eventually(async () => {
      const { state, error } = await box.shown()
      assert.deepEqual([state, error?.code], ['error', 'mail.authentication_failed'])
    })
    const answer = await box.request('PATCH', '', { imap: { password: 'changed-at-the-provider' } })
    assert.deepEqual([answer.body.state, answer.body.error], ['connecting', null])
    await box.synced()
  })

  test('another user is another mailbox: nothing of the old one stays, whatever UIDs it used', async () => {
    const box = await connected('dora')
    const other = world.dovecot.user('dora-moved')
    for (const subject of ['other one', 'first']) await world.dovecot.deliver(other, letter(subject))
    const [first] = await box.messages()
    // As two servers may: both mailboxes have the same UIDVALIDITY.
    const client = await world.dovecot.connect(other)
    const { uidValidity } = await client.mailboxOpen('INBOX')
    await world.database.query('update mail_location set uidvalidity = $2 where mail_account_id = $1', [
      box.id,
      uidValidity,
    ])
    await world.database.query(
      "update mail_folder set uidvalidity = $2 where mail_account_id = $1 and role = 'inbox'",
      [...[box.id, uidValidity]],
    )
    const answer = await box.request('PATCH', '', { imap: other })
    assert.equal(answer.status, 200)
    await eventually(async () => {
      const subjects = (await box.messages()).map(({ subject }) => subject).sort()
      assert.deepEqual(subjects, ['first', 'other one'])
    })
    const same = (await box.messages()).find(({ subject }) => subject === 'first')
    assert.equal(same?.id, first?.id)
  })

  test('new settings without the password are refused, and so is nothing at all or an unknown member', async () => {
    const box = await connected('eve')
    for (const imap of [{ host: 'localhost' }, { port: 1 }, { username: 'mallory' }, { security: 'tls' }]) {
      const { status, body } = await box.request('PATCH', '', { imap })
      assert.deepEqual([status, body.code, body.details[0].path], [422, 'mail.password_required', 'body.imap.password'])
    }
    for (const body of [{}, { imap: {} }, { email: 'eve@example.test' }, { imap: { password: '' } }]) {
      assert.equal((await box.request('PATCH', '', body)).status, 400, JSON.stringify(body))
    }
    const same = await box.request('PATCH', '', { imap: { host: '127.0.0.1', port: world.dovecot.port } })
    assert.equal(same.status, 200)
  })

  test('a mailbox that is connected already cannot be taken by another account', async () => {
    const box = await connected('fay')
    const spare = world.dovecot.user('fay-spare')
    const body = {
      email: box.user.username,
      imap: { host: '127.0.0.1', port: world.dovecot.port, security: 'none', ...spare },
      smtp: world.smtp(),
    }
    assert.equal((await world.app.request('POST', '/api/v1/mail/accounts', { as: 'fay', body })).status, 201)
    const { status, body: refused } = await box.request('PATCH', '', { imap: spare })
    assert.deepEqual([status, refused.code], [409, 'mail.account_exists'])
    assert.deepEqual((await box.shown()).imap.username, box.user.username)
  })

  test('a paused account is left alone within a second and sends all the same; resumed, it catches up', async () => {
    const box = await connected('gil')
    const paused = await box.request('PUT', '/pause')
    assert.deepEqual([paused.status, paused.body.state], [200, 'paused'])
    const sincePause = startStopwatch()
    await eventually(async () => {
      const sessions = (await world.dovecot.doveadm('who', '-1')).split('\n')
      // What is left is the connection that delivers for the test.
      assert.equal(sessions.filter((line) => line.startsWith(box.user.username)).length, 1)
    })
    assert.ok(sincePause.elapsedMs() < 1000)
    await box.deliver('while paused')
    assert.deepEqual([(await box.request('PUT', '/pause')).status, (await box.shown()).state], [200, 'paused'])
    assert.equal((await box.request('POST', '/sync')).body.code, 'mail.account_paused')
    const letterOut = { to: [{ email: 'bob@example.test' }], subject: 'Out', text: 'Hello.', undo_seconds: 0 }
    const mail = { mail_account_id: box.id, ...letterOut }
    const sent = await world.app.request('POST', '/api/v1/mail/messages', { as: 'gil', body: mail })
    assert.ok(sent.status < 300, JSON.stringify(sent.body))
    await eventually(() => assert.ok(world.sink.received.some(({ to }) => to.includes('bob@example.test'))))
    assert.equal((await box.messages()).length, 1)
    assert.equal((await box.request('DELETE', '/pause')).status, 204)
    await eventually(async () => assert.equal((await box.messages()).length, 2))
    await box.synced()
    const states = (await box.events('mail.account_updated')).map(({ state }) => state)
    assert.deepEqual(states.slice(-4), ['paused', 'connecting', 'syncing', 'synced'])
    assert.equal((await box.request('DELETE', '/pause')).status, 204)
  })

  test('sync now looks at every folder without waiting for the minute', async () => {
    const box = await connected('hal')
    await box.deliver('filed', 'Archive')
    const { last_synced_at } = (await box.shown()).sync
    const answer = await box.request('POST', '/sync')
    assert.equal(answer.status, 202)
    await eventually(async () => assert.notEqual((await box.shown()).sync.last_synced_at, last_synced_at))
    const { body } = await world.app.request('GET', '/api/v1/mail/folders', { as: 'hal' })
    assert.equal(body.items.find(({ role }: { role: string }) => role === 'archive').total_count, 1)
  })

  test("another owner's account does not exist", async () => {
    const box = await connected('ida')
    const attempts: Array<[string, string, object?]> = [
      ['PATCH', '', { name: 'Mine' }],
      ['PUT', '/pause'],
      ['DELETE', '/pause'],
      ['POST', '/sync'],
    ]
    for (const [method, more, body] of attempts) {
      const answer = await world.app.request(method, `/api/v1/mail/accounts/${box.id}${more}`, {
        as: 'mallory',
        ...(body && { body }),
      })
      assert.deepEqual([answer.status, answer.body.code], [404, 'not_found'], method)
    }
    assert.equal((await box.shown()).state, 'synced')
  })
})
