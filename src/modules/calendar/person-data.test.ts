import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import { newId } from '#platform/ids.ts'
import { type CalendarApp, startCalendarApp } from '../../../test/fixtures/calendar-app.ts'
import { addMailAccount, itipMessage, outsider } from '../../../test/fixtures/calendar-mail.ts'
import { mailboxStore } from '../mail/mailboxes/mailbox-store.ts'
import { createOwnAddresses } from './calendars/own-addresses.ts'
import { createCalendarPersonData } from './person-data.ts'

const bob = 'bob@example.com'

suite('what calendars keep of a person', () => {
  let calendar: CalendarApp
  let personData: ReturnType<typeof createCalendarPersonData>
  const call = async (user: string, method: string, path: string, body?: unknown, status = 200) => {
    const answer = await calendar.as(user, method, path, body)
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const idOf = async (user: string): Promise<string> => {
    const { database } = calendar.app.app.platform
    const found = database.selectFrom('principal').select('id').where('email', '=', `${user}@example.com`)
    return (await found.executeTakeFirstOrThrow()).id
  }
  const filesOf = async (user: string) => {
    const contents: Record<string, { uid: string; from: string; comment: string }[]> = {}
    for await (const { path, open } of personData.files(await idOf(user))) {
      const lines = (await text(await open())).split('\n').filter(Boolean)
      contents[path] = lines.map((line) => JSON.parse(line))
    }
    return contents
  }
  const counter = (from: string, comment: string) =>
    itipMessage(
      ...(['COUNTER', 'UID:plan', 'DTSTART:20270311T130000Z', 'DTEND:20270311T140000Z'] as const),
      ...[`ATTENDEE:mailto:${from}`, `COMMENT:${comment}`],
    )

  before(async () => {
    calendar = await startCalendarApp()
    for (const user of ['alice', 'bob']) await call(user, 'GET', '/')
    await addMailAccount(calendar, 'alice')
    const { database } = calendar.app.app.platform
    const mail = () => ({ addressesOf: async () => new Set(['bob@private.example']) })
    const ownAddresses = createOwnAddresses({ database, mail })
    personData = createCalendarPersonData({ database, ownAddresses })
    const attendees = [{ email: bob }, { email: outsider }, { email: 'bob@private.example' }]
    const body = { uid: 'plan', summary: 'Plan', start: '20270310T090000Z', end: '20270310T100000Z', attendees }
    await call('alice', 'POST', '/personal/events', body, 201)
    for (const [from, comment] of [
      [bob, 'School'],
      ['bob@private.example', 'Home'],
      [outsider, 'Dentist'],
    ]) {
      await call('alice', 'POST', '/invitations', { content: counter(from ?? '', comment ?? '') })
    }
  })
  after(() => calendar.close())

  test('is in their archive: the times proposed to them, and those that they proposed to others', async () => {
    const said = (rows: { uid: string; from: string; comment: string }[] | undefined) =>
      rows?.map(({ uid, from, comment }) => `${uid} ${from} ${comment}`)
    const received = ['plan bob@example.com School', 'plan bob@private.example Home', `plan ${outsider} Dentist`]
    const { 'proposals.ndjson': ofAlice } = await filesOf('alice')
    assert.deepEqual(said(ofAlice), received)
    const { 'proposals.ndjson': got, 'proposals-made.ndjson': made } = await filesOf('bob')
    assert.deepEqual([said(got), said(made)], [[], received.slice(0, 2)])
  })

  test('is in tables that are in the archive, in files of it, a copy of what lies at Nextcloud, or nobody’s', async () => {
    const { rows } = await calendar.app.app.platform.pool.query<{ name: string }>(`
      select relname as name from pg_class join pg_attribute on attrelid = pg_class.oid and attname = 'owner_id'
      where relkind in ('r', 'p') and not relispartition and relname ~ '^calendar'`)
    // Rooms and equipment are the organisation's.
    const copies = ['calendar', 'calendar_event', 'calendar_home', 'calendar_object', 'calendar_reminder']
    assert.deepEqual(
      rows.map(({ name }) => name).toSorted(),
      [...copies, ...personData.tables, 'calendar_proposal', 'calendar_resource'].toSorted(),
    )
  })

  test('is taken out of the calendars of others when they go, and what others said stays', async () => {
    const { database } = calendar.app.app.platform
    await personData.forget(await idOf('bob'))
    await personData.forget(await idOf('bob'))
    const left = await database.selectFrom('calendar_proposal').select('email').execute()
    assert.deepEqual(left, [{ email: outsider }])
  })

  test('is no longer in what they had sent for others', async () => {
    await call('alice', 'PUT', '/personal/shares', { email: bob, access: 'read_write' })
    const body = { uid: newId(), summary: 'For her', start: '20270310T090000Z', end: '20270310T100000Z' }
    await call('bob', 'POST', '/personal_shared_by_alice/events', { ...body, attendees: [{ email: outsider }] }, 201)
    const { pool, database } = calendar.app.app.platform
    const [alice, bobsId] = [await idOf('alice'), await idOf('bob')]
    const naming = async () => {
      const counts: number[] = []
      for (const table of ['event', 'mail_outbox']) {
        const of = `select 1 from ${table} as one where owner_id = $1 and one::text like $2`
        counts.push((await pool.query(of, [alice, `%${bobsId}%`])).rows.length)
      }
      return counts
    }
    assert.deepEqual(await naming(), [1, 1])
    await mailboxStore.forgetSender(database, bobsId)
    assert.deepEqual(await naming(), [0, 0])
  })
})
