import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { sql } from 'kysely'
import { administratorSettings, createAdministration } from '../../../../test/fixtures/administrators.ts'
import { type MailboxApp, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { startNextcloud, type TestNextcloud } from '../../../../test/harness/nextcloud.ts'

const lines = (...all: string[]) => `${all.join('\r\n')}\r\n`
const event = lines(
  ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Test//EN', 'BEGIN:VEVENT', 'UID:one', 'DTSTAMP:20260523T090000Z'],
  ...['SUMMARY:Handed over', 'DTSTART:20260523T090000Z', 'END:VEVENT', 'END:VCALENDAR'],
)
const card = lines('BEGIN:VCARD', 'VERSION:4.0', 'UID:x', 'FN:Person X', 'END:VCARD')

suite('somebody whose things are handed over', () => {
  let app: MailboxApp
  let nextcloud: TestNextcloud
  let admin: ReturnType<typeof createAdministration>

  before(async () => {
    nextcloud = await startNextcloud()
    const jitsi = { JITSI_ENABLED: 'true', JWT_APP_SECRET: 'a shared secret' }
    const settings = { ...administratorSettings, ...nextcloud.settings, ...jitsi }
    app = await startMailboxApp({ ...settings, ULTID_ROLES: 'api,jobs' })
    admin = createAdministration(app)
  })
  after(async () => {
    await app.close()
    await nextcloud.close()
  })

  async function davOf(name: string) {
    const made = await admin.as(name, [], 'POST', '/api/v1/account/devices', { body: { name: 'Laptop' } })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    const authorization = `Basic ${Buffer.from(`${made.body.username}:${made.body.password}`).toString('base64')}`
    return async (method: string, path: string, body?: string) => {
      const answer = await fetch(new URL(`/dav/${path}`, app.url), {
        ...{ method, headers: { authorization }, ...(body !== undefined && { body }) },
      })
      return { status: answer.status, text: await answer.text() }
    }
  }
  const handOver = async (from: string, body: object) => {
    const asked = await admin.expect(202, 'POST', `/people/${from}/transfers`, { body })
    return eventually(
      async () => {
        const shown = await admin.expect(200, 'GET', `/people/${from}/transfers/${asked.id}`)
        assert.ok(['done', 'incomplete'].includes(shown.state), JSON.stringify(shown))
        return shown
      },
      { timeoutMs: 90_000 },
    )
  }

  test('leaves mail, files, calendars and contacts with the other, once however often it is asked for', async () => {
    const gone = await app.mailboxOf('gone')
    const message = await app.addMessage(gone, { folderId: gone.inbox, text: 'Kept' })
    const heir = await admin.personId('heir')
    const dav = await davOf('gone')
    for (const [method, path, body] of [
      ['MKCOL', 'files/gone/Papers'],
      ['PUT', 'files/gone/Papers/Été.txt', 'Summer.'],
      ['PUT', 'files/gone/top.txt', 'On top.'],
      ['PUT', 'calendars/gone/personal/one.ics', event],
      ['PUT', 'addressbooks/users/gone/contacts/x.vcf', card],
    ] as const) {
      const { status, text } = await dav(method, path, body)
      assert.equal(status, 201, `${method} ${path}: ${text}`)
    }
    const room = await admin.as('gone', [], 'POST', '/api/v1/meet/rooms', { body: { name: 'weekly' } })
    assert.equal(room.status, 201, JSON.stringify(room.body))
    const invited = await admin.as('gone', [], 'POST', '/api/v1/meet/rooms/weekly/invitations', { body: {} })
    assert.equal(invited.status, 201, JSON.stringify(invited.body))
    const done = await handOver(gone.ownerId, { to_person_id: heir })
    assert.deepEqual(done.parts.meet, { state: 'done', counts: { rooms: 1 }, errors: [] })
    const rooms = await admin.as('heir', [], 'GET', '/api/v1/meet/rooms/weekly/invitations')
    assert.deepEqual([rooms.status, rooms.body.items?.length], [200, 1], JSON.stringify(rooms.body))
    assert.deepEqual(
      [done.state, done.parts.mail.counts, done.parts.nextcloud.counts],
      ['done', { accounts: 1 }, { files: 2, events: 1, contacts: 1 }],
      JSON.stringify(done),
    )
    const seen = await app.request('GET', `/api/v1/mail/messages/${message}`, { as: 'heir' })
    assert.equal(seen.status, 200)
    assert.equal((await app.request('GET', `/api/v1/mail/messages/${message}`, { as: 'gone' })).status, 404)
    const theirs = await davOf('heir')
    const root = 'files/heir/Transferred from gone'
    assert.equal((await theirs('GET', `${root}/Papers/Été.txt`)).text, 'Summer.')
    assert.equal((await theirs('GET', `${root}/top.txt`)).text, 'On top.')
    assert.match((await theirs('GET', 'calendars/heir/personal-from-gone/one.ics')).text, /SUMMARY:Handed over/)
    assert.match((await theirs('GET', 'addressbooks/users/heir/contacts-from-gone/x.vcf')).text, /FN:Person X/)

    await theirs('PUT', `${root}/top.txt`, 'Changed')
    const again = await handOver(gone.ownerId, { to_person_id: heir })
    assert.deepEqual([again.state, again.parts.mail.counts], ['done', { accounts: 0 }])
    // Of the same length: what was there is left as it is.
    assert.equal((await theirs('GET', `${root}/top.txt`)).text, 'Changed')
    const { items } = await admin.expect(200, 'GET', `/audit/entries?person_id=${gone.ownerId}&action=admin.`)
    const actions = items.map(({ action }: { action: string }) => action)
    assert.deepEqual(
      [actions.filter((one: string) => one === 'admin.transfer_requested').length, actions[0]],
      [2, 'admin.person_transferred'],
    )
    assert.equal((await admin.expect(200, 'GET', `/people/${gone.ownerId}/transfers`)).items.length, 2)
  })

  test('leaves mail accounts with the organisation where that is wanted, and lent ones with who has a role in them', async () => {
    const [own, heir, friend] = [
      await app.mailboxOf('leaver'),
      await admin.personId('chief'),
      await admin.personId('pal'),
    ]
    const lent = await app.mailboxOf('leaver')
    const path = `/api/v1/mail/accounts/${lent.mailAccountId}`
    const given = await app.request('PUT', `${path}/grants`, {
      ...{ as: 'leaver', body: { person_id: friend, role: 'read' } },
    })
    assert.equal(given.status, 200)
    await eventually(async () => assert.equal((await app.request('GET', path, { as: 'pal' })).status, 200), {
      timeoutMs: 60_000,
    })
    const done = await handOver(own.ownerId, { to_person_id: heir, mail_accounts: 'shared' })
    assert.deepEqual([done.parts.mail.state, done.parts.mail.counts], ['done', { accounts: 2 }], JSON.stringify(done))
    for (const { mailAccountId } of [own, lent]) {
      const seen = await app.request('GET', `/api/v1/mail/accounts/${mailAccountId}`, { as: 'chief' })
      assert.deepEqual([seen.body.role, seen.body.owner?.kind], ['manage', 'organisation'], JSON.stringify(seen.body))
    }
    assert.equal((await app.request('GET', path, { as: 'pal' })).status, 200)
    assert.equal((await app.request('GET', path, { as: 'leaver' })).status, 404)
    const { rows } = await sql`select from mail_account where owner_id = ${own.ownerId}`.execute(app.database)
    assert.equal(rows.length, 0)
  })

  test('says what could not be handed over, and goes on with the rest', async () => {
    const twin = await app.mailboxOf('twin')
    const heir = await app.mailboxOf('brother')
    // The other has connected the same mailbox.
    await sql`update mail_account set (email, imap) = (select email, imap from mail_account where id = ${heir.mailAccountId})
      where id = ${twin.mailAccountId}`.execute(app.database)
    const done = await handOver(twin.ownerId, { to_person_id: heir.ownerId })
    assert.deepEqual([done.state, done.parts.nextcloud.state], ['incomplete', 'done'], JSON.stringify(done))
    assert.deepEqual(
      done.parts.mail.errors.map(({ code }: { code: string }) => code),
      ['mail.account_exists'],
    )
    assert.equal((await app.request('GET', `/api/v1/mail/accounts/${twin.mailAccountId}`, { as: 'twin' })).status, 200)
  })

  test('is handed to nobody who does not exist, to nobody suspended and not to themselves', async () => {
    const [one, other] = [await admin.personId('one'), await admin.personId('other')]
    await admin.expect(200, 'PUT', `/people/${other}/suspension`)
    for (const to_person_id of [one, other, crypto.randomUUID()]) {
      const { status, body } = await admin.admin('POST', `/people/${one}/transfers`, { body: { to_person_id } })
      assert.deepEqual([status, body.code], [422, 'admin.unknown_recipient'])
    }
    const unknown = await admin.admin('POST', `/people/${crypto.randomUUID()}/transfers`, {
      body: { to_person_id: one },
    })
    assert.equal(unknown.status, 404)
  })
})
