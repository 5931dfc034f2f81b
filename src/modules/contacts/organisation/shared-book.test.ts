import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { administratorSettings, createAdministration } from '../../../../test/fixtures/administrators.ts'
import { startContactsApp } from '../../../../test/fixtures/contacts-app.ts'

type Found = { type: string; title: string }

suite('the address book of an organisation', async () => {
  const app = await startContactsApp(administratorSettings)
  after(() => app.close())
  const admin = createAdministration(app)
  const book = 'ulti-organisation'
  /** As alice, in sales, or bob, in no group. */
  const as = async (user: 'alice' | 'bob', method: string, path: string, body?: object) =>
    admin.as(user, user === 'alice' ? ['sales'] : [], method, path, { body })
  const get = async (user: 'alice' | 'bob', path: string) => {
    const { status, body } = await as(user, 'GET', `/api/v1${path}`)
    assert.equal(status, 200, JSON.stringify(body))
    return body
  }
  const names = async (user: 'alice' | 'bob', query = '') =>
    (await get(user, `/contacts/${book}/contacts${query}`)).items.map(
      (one: { name: { full: string } }) => one.name.full,
    )
  const person = (full: string, address: string) => ({ name: { full }, emails: { e1: { address } } })
  const desk = { groups: null, card: person('Front Désk', 'desk@ulti.example') }
  const supplier = {
    groups: ['sales'],
    card: { ...person('Zebra Supplies', 'orders@zebra.test'), categories: ['buy'] },
  }
  const add = (body: object, headers?: Record<string, string>) =>
    admin.expect(201, 'POST', '/shared-contacts', { body, ...(headers && { headers }) })

  test('is kept by administrators, over the version that was seen, and every change is written down', async () => {
    const made = await add(desk, { 'idempotency-key': 'desk' })
    assert.equal((await add(desk, { 'idempotency-key': 'desk' })).id, made.id)
    const path = `/shared-contacts/${made.id}`
    const body = { ...desk, card: person('Reception Desk', 'desk@ulti.example') }
    const changed = await admin.expect(200, 'PUT', path, { body, headers: { 'if-match': made.etag } })
    const stale = { 'if-match': made.etag }
    assert.equal((await admin.admin('PUT', path, { body, headers: stale })).body.code, 'etag_mismatch')
    assert.equal((await admin.admin('DELETE', path, { headers: stale })).body.code, 'etag_mismatch')
    assert.deepEqual((await admin.expect(200, 'GET', path)).card, changed.card)
    await admin.expect(200, 'PUT', path, { body: desk })
    await add(supplier)
    const listed = await admin.expect(200, 'GET', '/shared-contacts?limit=1')
    assert.equal(listed.items[0].card.name.full, 'Front Désk')
    const rest = await admin.expect(200, 'GET', `/shared-contacts?limit=1&cursor=${listed.next_cursor}`)
    assert.deepEqual([rest.items[0].groups, rest.next_cursor], [['sales'], null])
    const { items } = await admin.expect(200, 'GET', '/audit/entries?action=admin.shared_contact_changed')
    const { before, after: later } = items.at(-2).details
    assert.deepEqual([before.card.name.full, later.card.name.full], ['Front Désk', 'Reception Desk'])
  })

  test('stands among the address books, of it what is for everybody and for one’s groups', async () => {
    const { items } = await get('bob', '/contacts/')
    const { is_read_only: isReadOnly, name } = items.at(-1)
    assert.deepEqual([items.at(-1).id, name, isReadOnly], [book, 'Organisation', true])
    assert.equal((await get('bob', `/contacts/${book}`)).id, book)
    assert.deepEqual(await names('alice'), ['Front Désk', 'Zebra Supplies'])
    assert.deepEqual(await names('alice', '?sort=changed'), ['Zebra Supplies', 'Front Désk'])
    assert.deepEqual(await names('bob'), ['Front Désk'])
    assert.deepEqual(await names('alice', '?q=zeb'), ['Zebra Supplies'])
    assert.deepEqual(await names('alice', '?category=buy'), ['Zebra Supplies'])
    assert.deepEqual(await names('bob', '?q=zeb'), [])
    const first = await get('alice', `/contacts/${book}/contacts?limit=1`)
    assert.deepEqual(await names('alice', `?limit=1&cursor=${first.next_cursor}`), ['Zebra Supplies'])
  })

  test('opens a contact to those who see it, and to nobody else', async () => {
    const [zebra] = (await get('alice', `/contacts/${book}/contacts?q=zebra`)).items
    const opened = await get('alice', `/contacts/contacts${zebra.path}`)
    assert.deepEqual([opened.name.full, opened.book_id], ['Zebra Supplies', book])
    const other = zebra.path.replace('/users/alice/', '/users/bob/')
    assert.equal((await as('bob', 'GET', `/api/v1/contacts/contacts${other}`)).status, 404)
  })

  test('completes what is typed, and is found among everything else', async () => {
    const completed = async (user: 'alice' | 'bob', q: string) =>
      (await get(user, `/contacts/autocomplete?q=${q}`)).items.map(
        ({ email, source }: { email: string; source: string }) => `${source} ${email}`,
      )
    assert.deepEqual(await completed('alice', 'zebra'), ['organisation orders@zebra.test'])
    assert.deepEqual(await completed('bob', 'desk'), ['organisation desk@ulti.example'])
    assert.deepEqual(await completed('bob', 'zebra'), [])
    const found = async (user: 'alice' | 'bob', q: string) =>
      (await get(user, `/search?q=${q}`)).items.map(({ type, title }: Found) => `${type} ${title}`)
    assert.deepEqual(await found('alice', 'zebra'), ['contacts.shared_contact Zebra Supplies'])
    assert.deepEqual(await found('alice', 'desk'), ['contacts.shared_contact Front Désk'])
    assert.deepEqual(await found('bob', 'zebra'), [])
  })

  test('is nobody’s to write to', async () => {
    const refused = await as('alice', 'POST', `/api/v1/contacts/${book}/contacts`, person('Mine', 'me@x.test'))
    assert.deepEqual([refused.status, refused.body.code], [403, 'contacts.book_read_only'])
    const [zebra] = (await get('alice', `/contacts/${book}/contacts?q=zebra`)).items
    const removal = await as('alice', 'DELETE', `/api/v1/contacts/contacts${zebra.path}`)
    assert.ok([403, 404].includes(removal.status), String(removal.status))
    const [id] = zebra.path.split('/').at(-1).split('.')
    await admin.expect(204, 'DELETE', `/shared-contacts/${id}`)
    assert.deepEqual(await names('alice'), ['Front Désk'])
  })
})
