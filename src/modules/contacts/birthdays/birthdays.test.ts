import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startContactsApp } from '../../../../test/fixtures/contacts-app.ts'

suite('birthdays', async () => {
  const app = await startContactsApp()
  after(() => app.close())

  test('are told with the age, over the turn of a year, and on 28 February where there is no 29th', async () => {
    const born = (full: string, date: object) =>
      app.create('alice', { name: { full }, anniversaries: { d1: { kind: 'birth', date } } })
    await born('Grace', { year: 1906, month: 12, day: 9 })
    await born('Ada', { month: 1, day: 2 })
    await born('Leap', { year: 2000, month: 2, day: 29 })
    const shown = async (query: string) =>
      (await app.get('alice', `/birthdays${query}`)).items.map(
        (one: { date: string; age: number | null; contact: { name: { full: string } } }) => [
          ...[one.date, one.age, one.contact.name.full],
        ],
      )
    assert.deepEqual(await shown('?from=2025-12-01&to=2026-01-05'), [
      ['2025-12-09', 119, 'Grace'],
      ['2026-01-02', null, 'Ada'],
    ])
    assert.deepEqual(await shown('?from=2027-02-01&to=2027-03-01'), [['2027-02-28', 27, 'Leap']])
    assert.deepEqual(await shown('?from=2028-02-01&to=2028-03-01'), [['2028-02-29', 28, 'Leap']])
    assert.deepEqual((await app.get('bob', '/birthdays?from=2025-12-01&to=2026-01-05')).items, [])
    await app.call('alice', 400, 'GET', '/birthdays?from=2025-01-01&to=2026-06-01')
    await app.call('alice', 400, 'GET', '/birthdays?from=2025-01-02&to=2025-01-01')
  })
})
