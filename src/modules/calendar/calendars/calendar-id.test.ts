import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startCalendarApp } from '../../../../test/fixtures/calendar-app.ts'
import { idOfCalendar, nameOfCalendar } from './calendar-id.ts'

suite('calendars that Nextcloud names as addresses here name something else', async () => {
  const calendar = await startCalendarApp()
  after(() => calendar.close())
  const call = async (method: string, path: string, body?: unknown, status = 200) => {
    const answer = await calendar.as('alice', method, path, body)
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  /** As any other program makes one. */
  const makeElsewhere = async (name: string) => {
    const authorization = `Basic ${Buffer.from('alice:alice').toString('base64')}`
    const url = `${calendar.nextcloud.url}/remote.php/dav/calendars/alice/${encodeURIComponent(name)}/`
    assert.equal((await fetch(url, { method: 'MKCALENDAR', headers: { authorization } })).status, 201)
  }
  const segments = async (): Promise<Set<string>> => {
    const { body } = await calendar.app.request('GET', '/api/v1/openapi.json')
    const paths = Object.keys(body.paths).filter((path) => path.startsWith('/api/v1/calendar/'))
    return new Set(paths.map((path) => path.split('/')[4] ?? '').filter((one) => one !== '' && !one.startsWith('{')))
  }

  test('have another id, and all other calendars their name', async () => {
    const taken = await segments()
    assert.ok(taken.has('events') && taken.size >= 4, [...taken].join())
    for (const name of taken) assert.ok(!taken.has(idOfCalendar(name)), name)
    for (const name of [...taken, '~events', '~work', 'work']) assert.equal(nameOfCalendar(idOfCalendar(name)), name)
    assert.deepEqual([idOfCalendar('work'), nameOfCalendar('~work')], ['work', '~work'])
  })

  test('are read and written as any other', async () => {
    await call('GET', '/')
    await calendar.as('bob', 'GET', '/')
    await makeElsewhere('events')
    const isThere = async () => (await call('GET', '/')).items.some(({ id }: { id: string }) => id === '~events')
    await calendar.app.app.platform.database.updateTable('calendar_home').set({ checked_at: null }).execute()
    assert.ok(await isThere())
    const body = { uid: 'odd', summary: 'Odd', start: '20270310T090000Z', end: '20270310T100000Z' }
    const { path } = await call('POST', '/~events/events', body, 201)
    assert.equal(path, '/remote.php/dav/calendars/alice/events/odd.ics')
    const [listed] = (await call('GET', '/~events/events')).items
    assert.deepEqual([listed.path, listed.calendar_id], [path, '~events'])
    assert.equal((await call('GET', '/events?calendar_ids=~events')).items.length, 1)
    assert.equal((await call('GET', `/events${path}`)).calendar_id, '~events')
    assert.equal((await call('PATCH', '/~events', { name: 'Happenings' })).name, 'Happenings')
    assert.deepEqual((await call('PUT', '/~events/shares', { email: 'bob@example.com', access: 'read' })).shares, [
      { user: 'bob', access: 'read' },
    ])
    assert.equal((await calendar.as('alice', 'GET', '/~events/export')).status, 200)
    await call('DELETE', '/~events', undefined, 204)
    assert.ok(!(await isThere()))
  })
})
