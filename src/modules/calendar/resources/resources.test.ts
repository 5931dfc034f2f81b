import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startResourcesApp } from '../../../../test/fixtures/resources-app.ts'
import { domainOfResources, localPartOf } from './resource-words.ts'

suite('rooms and equipment of an organisation', async () => {
  const { calendar, admin, call, add, close } = await startResourcesApp()
  after(close)
  const listed = async (query = ''): Promise<string[]> =>
    (await admin.expect(200, 'GET', `/resources${query}`)).items.map((one: { name: string }) => one.name)
  const bookable = async (groups: string[], query = '') => {
    const headers = await calendar.bearer('alice', { groups })
    const { status, body } = await calendar.app.request('GET', `/api/v1/calendar/resources${query}`, { headers })
    assert.equal(status, 200, JSON.stringify(body))
    return body
  }
  const names = async (groups: string[], query = '') =>
    (await bookable(groups, query)).items.map((one: { name: string }) => one.name)

  test('are kept by administrators, over the version that was seen, and every change is written down', async () => {
    const body = { kind: 'room', name: 'Orangerie Élysée', capacity: 12, features: ['screen'], groups: ['sales'] }
    const headers = { 'idempotency-key': 'orangery' }
    const made = await admin.expect(201, 'POST', '/resources', { body, headers })
    assert.equal((await admin.expect(201, 'POST', '/resources', { body, headers })).id, made.id)
    assert.deepEqual([made.email, made.location, made.is_active], ['orangerie-elysee@resources.invalid', '', true])
    const path = `/resources/${made.id}`
    const later = { ...body, capacity: null, location: 'Paris' }
    const changed = await admin.expect(200, 'PUT', path, { body: later, headers: { 'if-match': made.etag } })
    assert.deepEqual([changed.email, changed.capacity, changed.location], [made.email, null, 'Paris'])
    const stale = { 'if-match': made.etag }
    assert.equal((await admin.admin('PUT', path, { body, headers: stale })).body.code, 'etag_mismatch')
    assert.equal((await admin.admin('DELETE', path, { headers: stale })).body.code, 'etag_mismatch')
    assert.deepEqual(await admin.expect(200, 'GET', path), changed)
    await admin.expect(204, 'DELETE', path, { headers: { 'if-match': changed.etag } })
    await admin.expect(404, 'GET', path)
    const { items } = await admin.expect(200, 'GET', '/audit/entries?action=admin.resource_changed')
    assert.deepEqual(
      items.map(({ details: { before, after: now } }: { details: Record<string, { location: string } | null> }) => [
        before?.location,
        now?.location,
      ]),
      [
        ['Paris', undefined],
        ['', 'Paris'],
        [undefined, ''],
      ],
    )
  })

  test('have an address each, which no other resource and no person has', async () => {
    const [one, other] = [
      await add({ kind: 'room', name: 'Ärger' }),
      await add({ kind: 'room', name: 'arger', email: 'Arger@Rooms.example' }),
    ]
    assert.deepEqual([one.email, other.email], ['arger@resources.invalid', 'arger@rooms.example'])
    const third = await add({ kind: 'equipment', name: 'Arger' })
    assert.equal(third.email, 'arger-2@resources.invalid')
    for (const email of ['ARGER@rooms.example', 'bob@example.com']) {
      const refused = await admin.admin('POST', '/resources', { body: { kind: 'room', name: 'Mine', email } })
      assert.deepEqual([refused.status, refused.body.code], [409, 'calendar.resource_email_taken'])
    }
    for (const body of [
      { kind: 'boat', name: 'x' },
      { kind: 'room', name: ' ' },
      { kind: 'room', name: 'x', size: 1 },
    ])
      assert.equal((await admin.admin('POST', '/resources', { body })).status, 400, JSON.stringify(body))
    for (const { id } of [one, other, third]) await admin.expect(204, 'DELETE', `/resources/${id}`)
  })

  test('are listed by name, page by page, and found by words, kind and size', async () => {
    await add({ kind: 'room', name: 'attic', capacity: 4, location: 'Rue des Écoles' })
    await add({ kind: 'room', name: 'Ballroom', capacity: 200, features: ['piano'] })
    await add({ kind: 'equipment', name: 'Camera', groups: ['media'] })
    await add({ kind: 'room', name: 'Dungeon', capacity: 8, is_active: false })
    assert.deepEqual(await listed(), ['attic', 'Ballroom', 'Camera', 'Dungeon'])
    const first = await admin.expect(200, 'GET', '/resources?limit=3')
    assert.deepEqual(await listed(`?limit=3&cursor=${first.next_cursor}`), ['Dungeon'])
    assert.deepEqual(await listed('?kind=equipment'), ['Camera'])
    assert.deepEqual(await listed('?min_capacity=8'), ['Ballroom', 'Dungeon'])
    assert.deepEqual(await listed('?q=ecoles%20ATT'), ['attic'])
    assert.deepEqual(await listed('?q=piano%20attic'), [])
  })

  test('are shown to those who may book them, without who else may', async () => {
    assert.deepEqual(await names([]), ['attic', 'Ballroom'])
    assert.deepEqual(await names(['media']), ['attic', 'Ballroom', 'Camera'])
    assert.deepEqual(await names(['media'], '?kind=equipment&q=cam'), ['Camera'])
    assert.deepEqual(await names(['media'], '?min_capacity=5'), ['Ballroom'])
    const page = await bookable([], '?limit=1')
    assert.deepEqual(await names([], `?limit=1&cursor=${page.next_cursor}`), ['Ballroom'])
    const members = ['id', 'kind', 'name', 'email', 'capacity', 'location', 'description', 'features', 'booking_days']
    assert.deepEqual(Object.keys(page.items[0]), members)
    await call('alice', 'GET', '/resources?cursor=nonsense', undefined, 400)
  })

  test('get an address that can be one, whatever they are called and wherever ultid is', () => {
    assert.deepEqual([localPartOf('会議室', 'room'), localPartOf('  A & B! ', 'room')], ['room', 'a-b'])
    const domains = ['https://ulti.example:8443', 'http://127.0.0.1:8080', 'http://[::1]:80'].map(domainOfResources)
    assert.deepEqual(domains, ['ulti.example', 'resources.invalid', 'resources.invalid'])
  })
})
