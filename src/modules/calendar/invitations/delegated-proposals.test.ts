import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type CalendarApp, startCalendarApp } from '../../../../test/fixtures/calendar-app.ts'
import { itipMessage, outsider } from '../../../../test/fixtures/calendar-mail.ts'
import { type Dovecot, startDovecot } from '../../../../test/harness/dovecot.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { skipWithoutDovecot } from '../../../../test/harness/servers.ts'
import { type SmtpSink, startSmtpSink } from '../../../../test/harness/smtp-sink.ts'

const bobs = 'personal_shared_by_alice'
const times = { start: '20270310T090000', end: '20270310T100000', timezone: 'Europe/Paris' }

suite('other times proposed for an event of a calendar that several people see', { skip: skipWithoutDovecot }, () => {
  let calendar: CalendarApp
  let dovecot: Dovecot
  let sink: SmtpSink
  let deliver: (mail: string) => Promise<unknown>
  const call = async (user: string, method: string, path: string, body?: unknown, status = 200) => {
    const answer = await calendar.as(user, method, path, body)
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const api = async (user: string, path: string) => {
    const headers = await calendar.bearer(user)
    const { status, body } = await calendar.app.request('GET', `/api/v1${path}`, { headers })
    assert.equal(status, 200, JSON.stringify(body))
    return body
  }
  const pathFor = (user: string, uid: string) =>
    `/remote.php/dav/calendars/${user}/${user === 'alice' ? 'personal' : bobs}/${uid}.ics`
  const proposals = async (user: string, uid: string): Promise<{ id: string; comment: string }[]> =>
    (await call(user, 'GET', `/events${pathFor(user, uid)}`)).proposals
  const decide = (user: string, uid: string, body: object, status = 200) =>
    call(user, 'POST', `/events/proposals${pathFor(user, uid)}`, body, status)

  /** Bob invites olga in the name of alice, and olga writes to alice that another time suits her. */
  async function propose(uid: string, day: string): Promise<void> {
    const attendees = [{ email: outsider }]
    await call('bob', 'POST', `/${bobs}/events`, { uid, summary: uid, ...times, attendees }, 201)
    const counter = itipMessage(
      ...(['COUNTER', `UID:${uid}`, 'SEQUENCE:0', `DTSTART:${day}T130000Z`, `DTEND:${day}T140000Z`] as const),
      ...['ORGANIZER:mailto:alice@example.com', `ATTENDEE:mailto:${outsider}`, 'COMMENT:Dentist'],
    )
    await deliver(
      [
        ...[`From: Olga <${outsider}>`, 'To: alice@example.com', `Subject: ${uid}`, `Message-ID: <${uid}@elsewhere>`],
        ...['MIME-Version: 1.0', 'Content-Type: text/calendar; method=COUNTER; charset=utf-8', '', counter],
      ].join('\r\n'),
    )
    await eventually(async () => assert.equal((await proposals('alice', uid)).length, 1))
  }
  const sent = (subject: string) => sink.received.find(({ mime }) => mime.includes(`Subject: ${subject}`))

  before(async () => {
    dovecot = await startDovecot()
    sink = await startSmtpSink()
    calendar = await startCalendarApp({ ULTID_ROLES: 'api,sync,jobs' })
    for (const user of ['alice', 'bob', 'carol']) await call(user, 'GET', '/')
    await call('alice', 'PUT', '/personal/shares', { email: 'bob@example.com', access: 'read_write' })
    await call('alice', 'PUT', '/personal/shares', { email: 'carol@example.com', access: 'read' })
    const user = dovecot.user('alice')
    const imap = { host: '127.0.0.1', port: dovecot.port, security: 'none', ...user }
    const submission = { username: 'alice@example.test', password: 'secret', port: sink.port }
    const body = { email: 'alice@example.com', imap, smtp: { ...imap, ...submission } }
    const headers = await calendar.bearer('alice')
    const created = await calendar.app.request('POST', '/api/v1/mail/accounts', { headers, body })
    assert.equal(created.status, 201, JSON.stringify(created.body))
    await eventually(async () => assert.equal((await api('alice', '/mail/accounts')).items[0].state, 'synced'))
    deliver = (mail) => dovecot.deliver(user, mail)
  })
  after(async () => {
    await calendar.close()
    await Promise.all([dovecot.close(), sink.close()])
  })

  test('are shown and told to those who may write in it, and to nobody who may only read', async () => {
    await propose('seen', '20270311')
    const mail = sent('Invitation: seen')
    assert.deepEqual([mail?.from, mail?.to], ['alice@example.com', [outsider]])
    const [own] = await proposals('alice', 'seen')
    assert.deepEqual(await proposals('bob', 'seen'), [own])
    assert.deepEqual(await proposals('carol', 'seen'), [], 'what olga wrote to alice is no part of the event')
    await decide('carol', 'seen', { proposal_id: own?.id, response: 'declined' }, 403)
    const told = async (user: string) =>
      (await api(user, '/events?after=0&limit=1000')).items
        .filter(({ type }: { type: string }) => type === 'calendar.proposal_received')
        .map(({ data }: { data: Record<string, string> }) => [data.proposal_id, data.calendar_id, data.path])
    assert.deepEqual(await told('alice'), [[own?.id, 'personal', pathFor('alice', 'seen')]])
    assert.deepEqual(await told('bob'), [[own?.id, bobs, pathFor('bob', 'seen')]])
    assert.deepEqual(await told('carol'), [])
  })

  test('are accepted by one of those in the place of the organizer, which is audited; all are told in the organizer’s name', async () => {
    await propose('taken', '20270312')
    const [proposal] = await proposals('bob', 'taken')
    const accept = { proposal_id: proposal?.id, response: 'accepted' }
    await decide('bob', 'taken', { ...accept, if_match: '"old"' }, 412)
    await decide('bob', 'taken', accept)
    const event = await call('alice', 'GET', `/events${pathFor('alice', 'taken')}`)
    assert.deepEqual([event.start, event.proposals], ['20270312T140000', []])
    await decide('alice', 'taken', accept, 404)
    await eventually(async () => assert.ok(sent('Updated invitation: taken')))
    assert.equal(sent('Updated invitation: taken')?.from, 'alice@example.com')
    const { database } = calendar.app.app.platform
    const entries = await database
      .selectFrom('audit_entry')
      .innerJoin('principal as owner', 'owner.id', 'audit_entry.owner_id')
      .innerJoin('principal as actor', 'actor.id', 'audit_entry.actor_id')
      .select(['owner.email as owner', 'actor.email as actor', 'target', 'details'])
      .where('action', '=', 'calendar.proposal_decided')
      .execute()
    assert.deepEqual(entries, [
      {
        ...{ owner: 'alice@example.com', actor: 'bob@example.com', target: proposal?.id },
        details: { response: 'accepted', from: outsider, start: '20270312T130000Z', calendar: 'personal' },
      },
    ])
  })

  test('are declined by one of those, of which the proposer hears in the organizer’s name', async () => {
    await propose('declined', '20270313')
    const [proposal] = await proposals('bob', 'declined')
    await decide('bob', 'declined', { proposal_id: proposal?.id, response: 'declined' })
    assert.deepEqual(await proposals('alice', 'declined'), [])
    await eventually(async () => assert.ok(sent('Proposal declined: declined')))
    const { from, mime = '' } = sent('Proposal declined: declined') ?? {}
    assert.equal(from, 'alice@example.com')
    const unfolded = Buffer.from(mime).toString().replaceAll(/\r\n /g, '').replaceAll(/=\r\n/g, '')
    assert.match(unfolded, /SENT-BY=(3D)?"mailto:bob@example\.com"/)
  })

  test('are gone for all as soon as one of them moves the event', async () => {
    await propose('moved', '20270314')
    const path = pathFor('bob', 'moved')
    await call('bob', 'PUT', `/events${path}`, { summary: 'moved', ...times, end: '20270310T110000' })
    assert.deepEqual(await proposals('bob', 'moved'), [])
    assert.deepEqual(await proposals('alice', 'moved'), [])
  })
})
