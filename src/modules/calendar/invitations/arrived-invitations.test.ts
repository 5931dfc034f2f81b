import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { newId } from '#platform/ids.ts'
import { createLog } from '#platform/observability/log.ts'
import { type CalendarApp, startCalendarApp } from '../../../../test/fixtures/calendar-app.ts'
import { startDovecot } from '../../../../test/harness/dovecot.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { skipWithoutDovecot } from '../../../../test/harness/servers.ts'
import { startSmtpSink } from '../../../../test/harness/smtp-sink.ts'
import { createOwnAddresses } from '../../mail/identities/own-addresses.ts'
import { createArrivedInvitations } from './arrived-invitations.ts'

const log = createLog({ level: 'silent', format: 'json' })
const olga = 'olga@elsewhere.example'
const address = 'alice@example.com'
type Invitation = { method?: string; uid: string; sequence?: number; from?: string; to?: string; header?: string }

/** A mail as calendars elsewhere send it. */
function invitation({ method, uid, sequence = 0, from = olga, to = address, header = '' }: Invitation): string {
  return [
    `${header}From: Olga <${from}>`,
    ...[`To: ${to}`, `Subject: ${uid}`, `Message-ID: <${uid}-${method}-${sequence}@elsewhere.example>`],
    ...['MIME-Version: 1.0', 'Content-Type: multipart/alternative; boundary=b', '', '--b'],
    ...['Content-Type: text/plain', '', 'You are invited.', '--b', 'Content-Type: text/calendar; charset=utf-8', ''],
    ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Elsewhere//EN', ...(method ? [`METHOD:${method}`] : [])],
    ...['BEGIN:VEVENT', 'DTSTAMP:20270101T080000Z', `UID:${uid}`, `SEQUENCE:${sequence}`, 'SUMMARY:Museum'],
    ...[`ORGANIZER:mailto:${olga}`, 'DTSTART:20270308T090000Z', 'DTEND:20270308T100000Z'],
    ...[`ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:${to}`, 'END:VEVENT', 'END:VCALENDAR', '--b--', ''],
  ].join('\r\n')
}

suite('invitations that arrive by mail', { skip: skipWithoutDovecot }, () => {
  let calendar: CalendarApp
  let dovecot: Awaited<ReturnType<typeof startDovecot>>
  let sink: Awaited<ReturnType<typeof startSmtpSink>>
  let deliver: (mail: Invitation, path?: string) => Promise<unknown>
  const listed = async (): Promise<string[]> =>
    (await calendar.as('alice', 'GET', '/invitations')).body.items.map(({ uid }: { uid: string }) => uid)
  const waiting = async (): Promise<number> =>
    (await calendar.app.app.platform.database.selectFrom('mail_arrival').selectAll().execute()).length

  before(async () => {
    dovecot = await startDovecot()
    sink = await startSmtpSink()
    calendar = await startCalendarApp({ ULTID_ROLES: 'api,sync,jobs' })
    const user = dovecot.user('alice')
    await dovecot.deliver(user, invitation({ uid: 'before', method: 'REQUEST' }))
    const imap = { host: '127.0.0.1', port: dovecot.port, security: 'none', ...user }
    const submission = { username: 'alice@example.test', password: 'secret', port: sink.port }
    const body = { email: 'alice@example.com', imap, smtp: { ...imap, ...submission } }
    const headers = await calendar.bearer('alice')
    const { database } = calendar.app.app.platform
    const created = await calendar.app.request('POST', '/api/v1/mail/accounts', { headers, body })
    assert.equal(created.status, 201, JSON.stringify(created.body))
    await eventually(async () => {
      const [account] = await database.selectFrom('mail_account').select('state').execute()
      assert.equal(account?.state, 'synced')
    })
    deliver = (mail, path) => dovecot.deliver(user, invitation(mail), path)
  })
  after(async () => {
    await calendar.close()
    await Promise.all([dovecot.close(), sink.close()])
  })

  test('await an answer, those of the organizer alone, and go when they are cancelled', async () => {
    await deliver({ uid: 'museum', method: 'REQUEST' })
    await deliver({ uid: 'museum', method: 'REQUEST' })
    await deliver({ uid: 'forged', method: 'REQUEST', from: 'mallory@elsewhere.example' })
    await deliver({ uid: 'file' })
    const results = 'Authentication-Results: mx.example.com; dmarc=fail header.from=elsewhere.example\r\n'
    await deliver({
      ...{ uid: 'spoofed', method: 'REQUEST' },
      header: `${results}Received: from mallory by mx.example.com; Fri, 1 Jan 2027 08:00:00 +0000\r\n`,
    })
    await deliver({ uid: 'park', method: 'REQUEST' })
    await eventually(async () => assert.deepEqual((await listed()).toSorted(), ['museum', 'park']))
    await eventually(async () => assert.equal(await waiting(), 0))
    assert.deepEqual((await listed()).toSorted(), ['museum', 'park'])
    await deliver({ uid: 'museum', method: 'CANCEL', sequence: 1 })
    await eventually(async () => assert.deepEqual(await listed(), ['park']))
  })

  test('are for every address of the account that they came to', async () => {
    const headers = await calendar.bearer('alice')
    const [account] = (await calendar.app.request('GET', '/api/v1/mail/accounts', { headers })).body.items
    const body = { mail_account_id: account.id, name: 'Alice', email: 'alice@private.example' }
    const made = await calendar.app.request('POST', '/api/v1/mail/identities', { headers, body })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    await deliver({ uid: 'private', method: 'REQUEST', to: 'alice@private.example' })
    await eventually(async () => assert.deepEqual((await listed()).toSorted(), ['park', 'private']))
    await deliver({ uid: 'private', method: 'CANCEL', sequence: 1, to: 'alice@private.example' })
    await eventually(async () => assert.deepEqual(await listed(), ['park']))
  })

  test('are nobody’s in a mailbox of several people', async () => {
    const { database } = calendar.app.app.platform
    const mailbox = { id: newId(), issuer: 'mailbox', subject: 'sales', kind: 'mailbox' }
    await database.insertInto('principal').values(mailbox).execute()
    await database.insertInto('mail_mailbox').values({ owner_id: mailbox.id }).execute()
    const invitations = { receive: async () => assert.fail() }
    const receive = createArrivedInvitations({ database, invitations, mail: createOwnAddresses, log })
    await receive({ ownerId: mailbox.id, from: olga, content: 'BEGIN:VCALENDAR' })
  })

  test('are left alone in Junk', async () => {
    await deliver({ uid: 'junk', method: 'REQUEST' }, 'Junk')
    await deliver({ uid: 'inbox', method: 'REQUEST' })
    await eventually(async () => assert.deepEqual((await listed()).toSorted(), ['inbox', 'park']))
    await eventually(async () => assert.equal(await waiting(), 0))
    assert.deepEqual((await listed()).toSorted(), ['inbox', 'park'])
  })

  test('are still their own to whoever lends the account to others, and the answer goes back from it', async () => {
    const { database } = calendar.app.app.platform
    const headers = await calendar.bearer('alice')
    const assistant = await calendar.bearer('bob')
    await calendar.app.request('GET', '/api/v1/account/', { headers: assistant })
    const [account] = (await calendar.app.request('GET', '/api/v1/mail/accounts', { headers })).body.items
    const path = `/api/v1/mail/accounts/${account.id}`
    const bob = database.selectFrom('principal').select('id').where('email', '=', 'bob@example.com')
    const { id: personId } = await bob.executeTakeFirstOrThrow()
    const body = { person_id: personId, role: 'send' }
    assert.equal((await calendar.app.request('PUT', `${path}/grants`, { headers, body })).status, 200)
    await eventually(
      async () => {
        const seen = await calendar.app.request('GET', path, { headers: assistant })
        assert.deepEqual([seen.status, seen.body?.state], [200, 'synced'], JSON.stringify(seen.body))
      },
      { timeoutMs: 60_000 },
    )
    await deliver({ uid: 'lent', method: 'REQUEST' })
    await eventually(async () => assert.ok((await listed()).includes('lent')), { timeoutMs: 30_000 })
    const bobs = await calendar.as('bob', 'GET', '/invitations')
    assert.deepEqual(bobs.body.items, [])
    const { items } = (await calendar.as('alice', 'GET', '/invitations')).body
    const { path: event } = items.find(({ uid }: { uid: string }) => uid === 'lent')
    const answer = { email: address, response: 'accepted' }
    const answered = await calendar.as('alice', 'POST', `/events/response${event}`, answer)
    assert.deepEqual(Object.keys(answered.body), ['etag'], JSON.stringify(answered.body))
    await eventually(async () =>
      assert.deepEqual(
        sink.received.map(({ from, to }) => [from, to]),
        [[address, [olga]]],
      ),
    )
    const [entry] = await database.selectFrom('mail_outbox').select(['owner_id', 'sent_by']).execute()
    const alice = database.selectFrom('principal').select('id').where('email', '=', address)
    assert.equal(
      entry?.sent_by,
      (await alice.executeTakeFirstOrThrow()).id,
      'others who use the account see who sent it',
    )
    assert.notEqual(entry?.owner_id, entry?.sent_by)
  })
})
