import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { administratorSettings, createAdministration } from '../../../test/fixtures/administrators.ts'
import { type ApiDocument, operationsOf } from '../../../test/fixtures/api-operations.ts'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../test/fixtures/mailbox-app.ts'
import { insertDeadLetter, insertExhaustedJob, insertStuckMessage } from '../../../test/fixtures/stuck-rows.ts'
import { startAuthentik, type TestAuthentik } from '../../../test/harness/authentik.ts'
import { type Dovecot, startDovecot } from '../../../test/harness/dovecot.ts'
import { startNextcloud, type TestNextcloud } from '../../../test/harness/nextcloud.ts'
import { skipWithoutDovecot } from '../../../test/harness/servers.ts'
import { type SmtpSink, startSmtpSink } from '../../../test/harness/smtp-sink.ts'

suite('every change that an administrator makes', { skip: skipWithoutDovecot }, () => {
  let servers: { authentik: TestAuthentik; nextcloud: TestNextcloud; dovecot: Dovecot; sink: SmtpSink }
  let app: MailboxApp
  let admin: ReturnType<typeof createAdministration>
  let bob: MailboxOwner

  before(async () => {
    const dovecot = await startDovecot()
    servers = {
      ...{ authentik: await startAuthentik(), nextcloud: await startNextcloud(), dovecot },
      sink: await startSmtpSink({ username: 'alice@example.test', password: dovecot.user('alice').password }),
    }
    const { authentik, nextcloud } = servers
    app = await startMailboxApp({ ...administratorSettings, ...authentik.settings, ...nextcloud.settings })
    admin = createAdministration(app)
    bob = await app.mailboxOf('bob')
  })
  after(async () => {
    await app.close()
    await Promise.all(Object.values(servers).map((server) => server.close()))
  })

  const done = new Set<string>()
  /** Makes a change, by its route as it is documented, and looks at what was written down of it. */
  async function change(route: string, action: string, ids: Record<string, string> = {}, body?: object) {
    const [method = '', place = ''] = route.split(' ')
    const { rows: earlier } = await app.app.platform.pool.query('select max(id::text) as id from audit_entry')
    const path = place.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? '')
    const answer = await admin.admin(method, path, { body })
    assert.ok(answer.status < 300, `${route}: ${answer.status} ${JSON.stringify(answer.body)}`)
    const { rows } = await app.app.platform.pool.query(
      `select actor_id, action, details from audit_entry where id::text > $1 order by id`,
      [earlier[0].id ?? ''],
    )
    const entry = rows.find((one) => one.action === action)
    assert.ok(entry, `${route} wrote ${JSON.stringify(rows.map((one) => one.action))} and no ${action}`)
    assert.ok(entry.actor_id, route)
    for (const member of ['before', 'after']) assert.ok(Object.hasOwn(entry.details, member), `${route}: no ${member}`)
    done.add(route)
    return answer.body
  }

  test('to people and groups is written down with what was before and what is after', async () => {
    const made = { username: 'fay', name: 'Fay', email: 'fay@ulti.example' }
    const { id: person_id } = await change('POST /people', 'admin.person_created', {}, made)
    await change('PATCH /people/{person_id}', 'admin.person_updated', { person_id }, { name: 'Fay D.' })
    await change('POST /people/{person_id}/invitation', 'admin.person_invited', { person_id })
    await change('POST /people/{person_id}/invitation/mail', 'admin.person_invited', { person_id })
    const { id: group_id } = await change('POST /groups', 'admin.group_created', {}, { name: 'teachers' })
    await change('PATCH /groups/{group_id}', 'admin.group_renamed', { group_id }, { name: 'tutors' })
    const member = { group_id, person_id }
    await change('PUT /groups/{group_id}/members/{person_id}', 'admin.membership_changed', member)
    await change('DELETE /groups/{group_id}/members/{person_id}', 'admin.membership_changed', member)
    await change('DELETE /groups/{group_id}', 'admin.group_deleted', { group_id })
  })

  test('to how much people may keep', async () => {
    const person_id = bob.ownerId
    await admin.as('bob', [], 'POST', '/api/v1/drive/folders', { body: { path: '/Papers' } })
    await change('PUT /people/{person_id}/drive-quota', 'admin.quota_changed', { person_id }, { quota: 5_000 })
    await change('PUT /people/{person_id}/quotas', 'admin.quotas_changed', { person_id }, { mail: 5_000 })
    await change('PUT /quotas', 'admin.group_quotas_changed', {}, { everybody: { mail: 9_000 }, groups: [] })
  })

  test('to what holds for the organisation', async () => {
    const footer = { groups: null, recipients: 'all', text: 'Ours', html: '' }
    await change('PUT /footers', 'admin.footers_changed', {}, { internal_domains: [], footers: [footer] })
    await change('PUT /policies', 'admin.policies_changed', {}, { everybody: { session_hours: 12 }, groups: [] })
    const condition = { field: 'subject', operator: 'contains', values: ['lottery'] }
    const rule = { name: 'Lottery', is_enabled: true, condition, actions: [{ type: 'mark_junk' }] }
    await change('PUT /mail-rules', 'admin.mail_rules_changed', {}, { rules: [rule] })
    const desk = { groups: null, card: { name: { full: 'Desk' }, emails: { e1: { address: 'desk@ulti.example' } } } }
    const action = 'admin.shared_contact_changed'
    const { id: contact_id } = await change('POST /shared-contacts', action, {}, desk)
    await change('PUT /shared-contacts/{contact_id}', action, { contact_id }, desk)
    await change('DELETE /shared-contacts/{contact_id}', action, { contact_id })
    const room = { kind: 'room', name: 'Orangery' }
    const { id: resource_id } = await change('POST /resources', 'admin.resource_changed', {}, room)
    await change('PUT /resources/{resource_id}', 'admin.resource_changed', { resource_id }, room)
    await change('DELETE /resources/{resource_id}', 'admin.resource_changed', { resource_id })
  })

  test('to mailboxes of several', async () => {
    const { dovecot, sink } = servers
    const login = { host: '127.0.0.1', ...dovecot.user('alice'), security: 'none' }
    const mailbox = {
      ...{ email: login.username, name: 'Support', members: [{ group: 'support', role: 'read' }] },
      ...{ imap: { ...login, port: dovecot.port }, smtp: { ...login, port: sink.port } },
    }
    const { id: mailbox_id } = await change('POST /shared-mailboxes', 'mail.shared_mailbox_created', {}, mailbox)
    const grant = { person_id: bob.ownerId, role: 'send' }
    const grants = '/shared-mailboxes/{mailbox_id}/grants'
    const { id: grant_id } = await change(`PUT ${grants}`, 'mail.grant_given', { mailbox_id }, grant)
    await change(`DELETE ${grants}/{grant_id}`, 'mail.grant_withdrawn', { mailbox_id, grant_id })
    await change('DELETE /shared-mailboxes/{mailbox_id}', 'mail.shared_mailbox_deleted', { mailbox_id })
  })

  test('to what is stuck, and to what is switched', async () => {
    const { pool } = app.app.platform
    const [outbox, letters] = ['/operations/outbox/{person_id}/{id}', '/operations/dead-letters/{person_id}/{id}']
    const of = (id: string) => ({ person_id: bob.ownerId, id })
    const [failed, lost] = [
      await insertStuckMessage(pool, bob, 'failed'),
      await insertStuckMessage(pool, bob, 'unknown'),
    ]
    await change(`POST ${outbox}/retry`, 'admin.message_retried', of(failed))
    await change(`DELETE ${outbox}`, 'admin.message_dropped', of(lost))
    const [first, second] = [await insertDeadLetter(pool, bob.ownerId), await insertDeadLetter(pool, bob.ownerId)]
    await change(`POST ${letters}/retry`, 'admin.delivery_retried', of(first))
    await change(`DELETE ${letters}`, 'admin.delivery_dropped', of(second))
    const job_id = await insertExhaustedJob(pool)
    await change('POST /operations/jobs/{job_id}/run', 'admin.job_retried', { job_id })
    await change('POST /operations/jobs/unlock', 'admin.jobs_unlocked')
    await change('POST /operations/secrets/reencryption', 'admin.reencryption_begun')
    const feature = { feature: 'personal_tokens' }
    await change('PUT /operations/features/{feature}', 'admin.feature_switched', feature, { is_on: false })
    await change('PUT /operations/maintenance', 'admin.maintenance_changed', {}, { is_on: false })
  })

  test('to people who leave', async () => {
    const ids = { person_id: bob.ownerId }
    const heir = await admin.personId('heir')
    await change('POST /people/{person_id}/exports', 'admin.export_requested', ids)
    await change('PUT /people/{person_id}/suspension', 'admin.person_suspended', ids)
    await change('POST /people/{person_id}/erasure', 'admin.erasure_planned', ids, { name: 'bob' })
    await change('DELETE /people/{person_id}/erasure', 'admin.erasure_cancelled', ids)
    await change('POST /people/{person_id}/transfers', 'admin.transfer_requested', ids, { to_person_id: heir })
    await change('DELETE /people/{person_id}/suspension', 'admin.person_reactivated', ids)
  })

  test('is among these: no route that changes anything is left out', async () => {
    const document: ApiDocument = (await app.request('GET', '/api/v1/openapi.json')).body
    const changing = operationsOf(document)
      .filter(({ method, path }) => path.startsWith('/api/v1/admin/') && !['GET', 'HEAD'].includes(method))
      .map(({ method, path }) => `${method} ${path.slice('/api/v1/admin'.length)}`)
    assert.deepEqual(changing.toSorted(), [...done].sort())
  })
})
