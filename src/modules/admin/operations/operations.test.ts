import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { administratorSettings, createAdministration } from '../../../../test/fixtures/administrators.ts'
import { type MailboxApp, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { insertDeadLetter, insertExhaustedJob, insertStuckMessage } from '../../../../test/fixtures/stuck-rows.ts'

suite('operations', () => {
  let app: MailboxApp
  let admin: ReturnType<typeof createAdministration>
  let bob: { ownerId: string; mailAccountId: string }

  before(async () => {
    app = await startMailboxApp({
      ...administratorSettings,
      MAIL_CREDENTIAL_KEY_ROTATED_AT: '2020-01-01',
    })
    admin = createAdministration(app)
    bob = await app.mailboxOf('bob')
  })
  after(() => app.close())
  const query = (text: string, values: unknown[] = []) => app.app.platform.pool.query(text, values)
  const lastChange = async () =>
    (await query(`select action, details from audit_entry where action like 'admin.%' order by id desc limit 1`))
      .rows[0]

  const addMessage = (state: string) => insertStuckMessage(app.app.platform.pool, bob, state)
  const addDeadLetter = () => insertDeadLetter(app.app.platform.pool, bob.ownerId)

  test('are seen at one look', async () => {
    const overview = await admin.expect(200, 'GET', '/operations/overview')
    assert.equal(overview.version, '0.0.0-test')
    assert.ok(
      overview.systems.some(
        ({ name, status }: { name: string; status: string }) => name === 'database' && status === 'ok',
      ),
    )
    assert.ok(overview.database.bytes > 1_000_000 && /^\d/.test(overview.database.version))
    assert.ok(overview.nodes.length >= 1)
    assert.equal(overview.mail_accounts[0].count, 1)
    assert.equal(overview.maintenance.is_on, false)
  })

  test('tell which mail accounts are in trouble, why, and what helps', async () => {
    await query(`update mail_account set state = 'error', error_code = 'mail.authentication_failed'`)
    const { items } = await admin.expect(200, 'GET', '/operations/mail-accounts')
    assert.deepEqual([items[0].id, items[0].person_id], [bob.mailAccountId, bob.ownerId])
    assert.match(items[0].remedy, /password/)
    await query(`update mail_account set state = 'synced', error_code = null`)
    assert.deepEqual((await admin.expect(200, 'GET', '/operations/mail-accounts')).items, [])
  })

  test('show what is stuck in the outbox without what is in it, try it again and drop it', async () => {
    const [failed, lost] = [await addMessage('failed'), await addMessage('unknown')]
    const answer = await admin.expect(200, 'GET', '/operations/outbox')
    assert.deepEqual(
      answer.items.map(({ id, state }: { id: string; state: string }) => [id, state]),
      [
        [lost, 'unknown'],
        [failed, 'failed'],
      ],
    )
    assert.deepEqual([answer.items[0].last_status, answer.items[0].recipient_count], ['550', 1])
    assert.ok(!/secret|carol/i.test(JSON.stringify(answer)))
    await admin.expect(204, 'POST', `/operations/outbox/${bob.ownerId}/${failed}/retry`)
    const { rows } = await query('select state from mail_outbox where id = $1', [failed])
    assert.equal(rows[0].state, 'queued')
    const retried = await lastChange()
    assert.deepEqual(
      [retried.action, retried.details],
      ['admin.message_retried', { before: { state: 'failed' }, after: { state: 'queued' } }],
    )
    const refused = await admin.admin('POST', `/operations/outbox/${bob.ownerId}/${lost}/retry`)
    assert.deepEqual([refused.status, refused.body.code], [409, 'mail.outcome_unknown'])
    await admin.expect(204, 'DELETE', `/operations/outbox/${bob.ownerId}/${lost}`)
    const change = await lastChange()
    assert.deepEqual(
      [change.action, change.details],
      ['admin.message_dropped', { before: { state: 'unknown' }, after: null }],
    )
    await admin.expect(404, 'DELETE', `/operations/outbox/${bob.ownerId}/${lost}`)
  })

  test('show dead letters without what was in them, send them again and drop them', async () => {
    const [first, second] = [await addDeadLetter(), await addDeadLetter()]
    const answer = await admin.expect(200, 'GET', '/operations/dead-letters')
    assert.deepEqual([answer.items.length, answer.items[0].host], [2, 'hooks.example.org'])
    assert.ok(!/secret/i.test(JSON.stringify(answer)))
    await admin.expect(204, 'POST', `/operations/dead-letters/${bob.ownerId}/${first}/retry`)
    await admin.expect(204, 'DELETE', `/operations/dead-letters/${bob.ownerId}/${second}`)
    assert.deepEqual((await admin.expect(200, 'GET', '/operations/dead-letters')).items, [])
    const { rows } = await query('select id, state from webhook_delivery')
    assert.deepEqual(rows, [{ id: first, state: 'pending' }])
  })

  test('show the queue, and run what failed', async () => {
    const id = await insertExhaustedJob(app.app.platform.pool)
    const { failing, jobs } = await admin.expect(200, 'GET', '/operations/jobs')
    assert.deepEqual([failing[0].id, failing[0].last_error], [id, 'it broke'])
    assert.ok(
      jobs.some(
        ({ job, exhausted }: { job: string; exhausted: number }) => job === 'mail.account_purge' && exhausted === 1,
      ),
    )
    await admin.expect(204, 'POST', `/operations/jobs/${id}/run`)
    const after = await query('select attempts from graphile_worker._private_jobs where id = $1', [id])
    assert.equal(after.rows[0].attempts, 0)
    const { details } = await lastChange()
    assert.deepEqual([details.before.attempts, details.after.attempts], [5, 0])
    await admin.expect(404, 'POST', '/operations/jobs/999999/run')
    assert.deepEqual(await admin.expect(200, 'POST', '/operations/jobs/unlock'), { jobs: 0, workers: 0 })
  })

  test('in maintenance everything is read and nothing is written, with the words of the administrator', async () => {
    const template = { name: 'Thanks', text: 'Thank you, {{name}}.' }
    const { id } = (await admin.as('bob', [], 'POST', '/api/v1/mail/templates', { body: template })).body
    const body = { is_on: true, message: 'We move house.' }
    await admin.expect(200, 'PUT', '/operations/maintenance', { body })
    assert.equal((await admin.as('bob', [], 'GET', '/api/v1/mail/accounts')).status, 200)
    const filled = await admin.as('bob', [], 'POST', `/api/v1/mail/templates/${id}/filled`, {
      body: { variables: { name: 'Ann' } },
    })
    assert.deepEqual([filled.status, filled.body.text], [200, 'Thank you, Ann.'], 'a POST that only reads goes on')
    const write = await admin.as('bob', [], 'PATCH', '/api/v1/account/', { body: { locale: 'fr' } })
    assert.deepEqual([write.status, write.body.code, write.body.message], [503, 'maintenance', 'We move house.'])
    assert.ok(write.headers.get('retry-after'))
    await admin.expect(200, 'PUT', '/operations/maintenance', { body: { is_on: false } })
    assert.equal((await admin.as('bob', [], 'PATCH', '/api/v1/account/', { body: { locale: 'fr' } })).status, 200)
    const change = await lastChange()
    assert.deepEqual([change.details.before.isOn, change.details.after.isOn], [true, false])
  })

  test('a feature that is switched off says so where it is asked for', async () => {
    const make = () =>
      admin.as('bob', [], 'POST', '/api/v1/account/tokens', { body: { name: 'x', permissions: ['mail:read'] } })
    const { items } = await admin.expect(200, 'PUT', '/operations/features/personal_tokens', { body: { is_on: false } })
    assert.ok(items.some(({ name, is_on }: { name: string; is_on: boolean }) => name === 'personal_tokens' && !is_on))
    const refused = await make()
    assert.deepEqual([refused.status, refused.body.code], [404, 'feature_off'])
    await admin.expect(200, 'PUT', '/operations/features/personal_tokens', { body: { is_on: true } })
    assert.equal((await make()).status, 201)
    await admin.expect(404, 'PUT', '/operations/features/flying', { body: { is_on: false } })
  })

  test('tell how old secrets are and which keys are in use, and begin to move to the active one', async () => {
    const { secrets, keys } = await admin.expect(200, 'GET', '/operations/secrets')
    assert.ok(
      secrets.some(
        ({ name, is_overdue }: { name: string; is_overdue: boolean }) => name === 'MAIL_CREDENTIAL_KEYS' && is_overdue,
      ),
    )
    assert.deepEqual(
      keys.filter(({ is_active }: { is_active: boolean }) => is_active).map(({ id }: { id: string }) => id),
      ['rows'],
    )
    await admin.expect(202, 'POST', '/operations/secrets/reencryption')
    const { rows } = await query(`select 1 from graphile_worker.jobs where task_identifier = 'admin.reencrypt'`)
    assert.equal(rows.length, 1)
  })

  test('name the licences of what Ulti runs with, all of them free to use so', async () => {
    const { items } = await admin.expect(200, 'GET', '/operations/licences')
    assert.ok(items.length > 100)
    assert.ok(
      items.some(({ name, licence }: { name: string; licence: string }) => name === 'fastify' && licence === 'MIT'),
    )
    const unfit = items.filter(({ licence }: { licence: string }) =>
      /unknown|AGPL|(^|[^L])GPL-3|SSPL|BUSL/.test(licence),
    )
    assert.deepEqual(unfit, [])
  })
})
