import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { pino } from 'pino'
import { AppError } from '#platform/errors.ts'
import { type CalendarApp, startCalendarApp } from '../../../../test/fixtures/calendar-app.ts'
import { addMailAccount } from '../../../../test/fixtures/calendar-mail.ts'
import { createOwnAddresses } from '../../mail/identities/own-addresses.ts'
import { createSending } from '../../mail/outbox/sending.ts'
import type { CalendarMail } from '../invitations/invitation-mail.ts'
import { reminderMail } from './reminder-mail.ts'
import { createReminders } from './reminders.ts'

const at = (text: string): number => Date.parse(`${text}:00Z`)
const fields = { summary: 'Class', location: 'Room 2', is_all_day: false, timezone: 'Europe/Paris' }
/** Intl writes spaces that break no line. */
const plain = (text: string): string => text.replaceAll(/[\u202f\u00a0\u2009]/g, ' ')

suite('a mail that reminds of an event', () => {
  const timed = (startsAt: number, reader: { locale: string | null; timeZone: string | null }, zone = 'Europe/Paris') =>
    plain(
      reminderMail({ startsAt, lengthMs: 3_600_000, fields: { ...fields, timezone: zone }, isFloating: false }, reader)
        .text,
    ).split('\n')[1]

  test('says the time of its reader’s clock, before and after the clocks are changed', () => {
    const paris = { locale: 'fr-FR', timeZone: 'Europe/Paris' }
    assert.equal(timed(at('2027-03-26T08:00'), paris), 'vendredi 26 mars 2027 à 09:00')
    assert.equal(timed(at('2027-03-29T07:00'), paris), 'lundi 29 mars 2027 à 09:00')
    const newYork = { locale: 'en-US', timeZone: 'America/New_York' }
    assert.equal(timed(at('2027-03-26T08:00'), newYork), 'Friday, March 26, 2027 at 4:00 AM')
    assert.equal(timed(at('2027-03-29T07:00'), newYork), 'Monday, March 29, 2027 at 3:00 AM')
  })

  test('says whose clock it is where its reader chose none: that of the event, else UTC’s', () => {
    const reader = { locale: null, timeZone: null }
    assert.match(timed(at('2027-03-29T07:00'), reader) ?? '', /March 29, 2027 at 9:00:00 AM GMT\+2$/)
    assert.match(timed(at('2027-03-29T07:00'), reader, 'Nowhere/Land') ?? '', /7:00:00 AM UTC$/)
  })

  test('says of a whole day its date alone, and of several the first and the last, wherever its reader is', () => {
    const day = (lengthDays: number, timeZone: string) =>
      plain(
        reminderMail(
          {
            ...{ startsAt: at('2027-03-28T00:00'), lengthMs: lengthDays * 86_400_000, isFloating: true },
            fields: { ...fields, is_all_day: true, timezone: null },
          },
          { locale: 'de', timeZone },
        ).text,
      ).split('\n')[1]
    for (const zone of ['Pacific/Kiritimati', 'Europe/Paris', 'Pacific/Niue']) {
      assert.equal(day(1, zone), 'Sonntag, 28. März 2027')
    }
    assert.equal(day(3, 'Europe/Paris'), 'Sonntag, 28. – Dienstag, 30. März 2027')
  })

  test('speaks the language of its reader, and English to those whose it does not know', () => {
    const said = (locale: string | null, summary: string) =>
      reminderMail(
        { startsAt: 0, lengthMs: 0, fields: { ...fields, summary }, isFloating: false },
        { locale, timeZone: 'UTC' },
      )
    assert.deepEqual(
      ['en', 'fr-CH', 'de-AT', 'es', 'it', 'nl-BE', 'pt-BR', 'ja', null].map((locale) => said(locale, '').subject),
      [
        ...[
          'Reminder: Event',
          'Rappel : Événement',
          'Erinnerung: Termin',
          'Recordatorio: Evento',
          'Promemoria: Evento',
        ],
        ...['Herinnering: Afspraak', 'Lembrete: Evento', 'Reminder: Event', 'Reminder: Event'],
      ],
    )
    assert.match(said('ja', 'Class').text, /^Class\nThursday, January 1, 1970/)
  })
})

suite('reminders by mail', () => {
  let calendar: CalendarApp
  let run: () => Promise<void>
  let sweepBy: (mail: () => CalendarMail) => Promise<void>
  const call = async (method: string, path: string, body?: unknown, status = 201) => {
    const answer = await calendar.as('alice', method, path, body)
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const choose = async (profile: object) => {
    const headers = await calendar.bearer('alice')
    const { status, body } = await calendar.app.request('PATCH', '/api/v1/account/', { headers, body: profile })
    assert.equal(status, 200, JSON.stringify(body))
  }
  const alarms = [{ action: 'EMAIL', trigger: '-PT15M' }]
  const database = () => calendar.app.app.platform.database
  /** As if its time had come: by the wall where it goes by that. */
  const makeDue = (due_at = new Date(Date.now() - 1000)) =>
    database().updateTable('calendar_reminder').set({ due_at }).execute()
  const mails = async () => {
    const rows = await database()
      .selectFrom('mail_outbox')
      .select(['subject', 'composition'])
      .orderBy('created_at')
      .execute()
    return rows.map(({ subject, composition }) => [subject, plain((composition as { text: string }).text)])
  }

  before(async () => {
    calendar = await startCalendarApp()
    await call('GET', '/', undefined, 200)
    await addMailAccount(calendar, 'alice')
    const { transact, events } = calendar.app.app.platform
    const mail = () => ({ ...createOwnAddresses(), sending: createSending() })
    sweepBy = (by) =>
      createReminders({
        database: database(),
        transact,
        events,
        log: pino({ level: 'silent' }),
        mail: by,
        now: Date.now,
      }).run()
    run = () => sweepBy(mail)
  })
  after(() => calendar.close())

  test('are in the language and on the clock that their reader has chosen by then', async () => {
    await choose({ locale: 'fr-FR', time_zone: 'Europe/Paris' })
    const weekly = { uid: 'weekly', summary: 'Chorale', start: '20990324T193000', end: '20990324T210000', alarms }
    await call('POST', '/personal/events', { ...weekly, timezone: 'Europe/Paris', rrule: 'FREQ=WEEKLY;COUNT=2' })
    await makeDue()
    await run()
    assert.deepEqual(await mails(), [['Rappel : Chorale', 'Chorale\nmardi 24 mars 2099 à 19:30']])
    await choose({ locale: 'de-CH', time_zone: 'America/New_York' })
    const [rest] = await database().selectFrom('calendar_reminder').selectAll().execute()
    assert.equal(rest?.occurrence, '20990324T183000Z', 'nothing of it was over')
    await makeDue()
    await run()
    assert.deepEqual((await mails()).slice(1), [['Erinnerung: Chorale', 'Chorale\nDienstag, 24. März 2099 um 14:30']])
  })

  test('that cannot be sent, or even be made out, keep nobody else from being reminded', async () => {
    await database().deleteFrom('calendar_reminder').execute()
    const told = async () => {
      const { rows } = await calendar.app.app.platform.pool.query(
        `select owner_id, data->>'summary' as summary from event where type = 'calendar.reminder_due'`,
      )
      return rows.map(({ summary }) => summary)
    }
    const soon = { start: '20990601T090000Z', end: '20990601T100000Z', alarms }
    for (const user of ['alice', 'bob', 'carol'] as const) {
      const made = await calendar.as(user, 'POST', '/personal/events', { uid: `of-${user}`, summary: user, ...soon })
      assert.equal(made.status, 201)
    }
    await makeDue()
    const owners = await database().selectFrom('calendar_reminder').select('owner_id').distinct().execute()
    const [unmailable, failing] = owners.map(({ owner_id }) => owner_id)
    const sending = createSending()
    await sweepBy(() => ({
      ...createOwnAddresses(),
      sending,
      senderOf: async (_, ownerId) => {
        if (ownerId === failing) throw new Error('no such column')
        if (ownerId === unmailable) throw new AppError('invalid', 'invalid_request_body', 'That is no address.')
        return undefined
      },
    }))
    const left = async () => {
      const rows = await database()
        .selectFrom('calendar_reminder')
        .select('owner_id')
        .where('due_at', '<=', new Date())
        .execute()
      return rows.map(({ owner_id }) => owner_id)
    }
    assert.deepEqual(await left(), [failing])
    const words = await told()
    assert.equal(words.filter((word) => ['alice', 'bob', 'carol'].includes(word)).length, 2)
    await run()
    assert.deepEqual(await left(), [])
  })

  test('of whole days come when it is that time where their reader is, also once they are somewhere else', async () => {
    await database().deleteFrom('calendar_reminder').execute()
    await choose({ locale: 'en', time_zone: 'America/New_York' })
    await call('POST', '/personal/events', {
      uid: 'day',
      summary: 'Holiday',
      start: '20990501',
      end: '20990502',
      alarms,
    })
    const count = (await mails()).length
    // On the wall of New York it is an hour later than now in UTC, hours from now.
    await makeDue(new Date(Date.now() + 3_600_000))
    await run()
    assert.equal((await mails()).length, count)
    await choose({ time_zone: 'Asia/Tokyo' })
    // It was that time in Tokyo eight hours ago: too long to be told of still.
    await run()
    assert.equal((await mails()).length, count)
    await makeDue(new Date(Date.now() + 9 * 3_600_000 - 1000))
    await run()
    assert.deepEqual((await mails()).slice(count), [['Reminder: Holiday', 'Holiday\nFriday, May 1, 2099']])
    const headers = await calendar.bearer('alice')
    const { body } = await calendar.app.request('GET', '/api/v1/events?after=0&limit=1000', { headers })
    const told = body.items.filter(({ type }: { type: string }) => type === 'calendar.reminder_due').at(-1)
    assert.equal(told.data.starts_at, '2099-04-30T15:00:00.000Z')
  })

  test('of a zone that the database does not know come by UTC', async () => {
    const { pool } = calendar.app.app.platform
    const moment = async (zone: string | null) => {
      const { rows } = await pool.query('select calendar_moment($1, $2) as at', ['2027-03-29T09:00:00Z', zone])
      return rows[0].at.toISOString()
    }
    assert.deepEqual(
      [await moment('Europe/Paris'), await moment('Nowhere/Land'), await moment(null)],
      ['2027-03-29T07:00:00.000Z', '2027-03-29T09:00:00.000Z', '2027-03-29T09:00:00.000Z'],
    )
  })
})
