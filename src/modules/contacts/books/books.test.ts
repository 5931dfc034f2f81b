import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startContactsApp } from '../../../../test/fixtures/contacts-app.ts'

suite('address books', async () => {
  const app = await startContactsApp()
  after(() => app.close())
  const { call, get, create, urlOf } = app
  const listed = async (user: string) => (await get(user, '')).items

  test('are made, renamed and deleted; Nextcloud’s own list of accounts is none of them', async () => {
    const { body: made } = await call('alice', 201, 'POST', '', { name: 'Été & Co', description: 'Friends' })
    assert.match(made.id, /^ete-co-/)
    const { body: renamed } = await call('alice', 200, 'PATCH', `/${made.id}`, { name: 'Hiver' })
    assert.deepEqual([renamed.name, renamed.description, renamed.id], ['Hiver', 'Friends', made.id])
    assert.deepEqual((await listed('alice')).map((one: { name: string }) => one.name).sort(), ['Contacts', 'Hiver'])
    await create('alice', { name: { full: 'In it' } }, made.id)
    await call('alice', 204, 'DELETE', `/${made.id}`)
    await call('alice', 404, 'GET', `/${made.id}`)
    await call('alice', 404, 'GET', `/${made.id}/contacts`)
    await call('bob', 404, 'PATCH', `/${made.id}`, { name: 'X' })
  })

  test('are shared for reading or writing, and taken back', async () => {
    const { body: family } = await call('alice', 201, 'POST', '', { name: 'Family' })
    const ann = await create('alice', { name: { full: 'Ann' } }, family.id)
    const { body: shared } = await call('alice', 200, 'PUT', `/${family.id}/shares/bob`, { access: 'read' })
    assert.deepEqual(shared.shares, [{ user: 'bob', access: 'read' }])
    const id = `${family.id}_shared_by_alice`
    const seen = await get('bob', `/${id}`)
    assert.deepEqual([seen.is_read_only, seen.shared_by], [true, 'alice'])
    const [copy] = (await get('bob', `/${id}/contacts`)).items
    assert.equal(copy.uid, ann.uid)
    assert.equal(
      (await call('bob', 403, 'PATCH', urlOf(copy), { name: { full: 'X' } })).body.code,
      'contacts.book_read_only',
    )
    assert.equal(
      (await call('bob', 403, 'PUT', `/${id}/shares/alice`, { access: 'read' })).body.code,
      'contacts.not_your_book',
    )
    await call('alice', 200, 'PUT', `/${family.id}/shares/bob`, { access: 'read_write' })
    await call('bob', 200, 'PATCH', urlOf(copy), { name: { full: 'Anna' } })
    assert.equal((await get('alice', urlOf(ann))).name.full, 'Anna')
    assert.equal(
      (await call('alice', 422, 'PUT', `/${family.id}/shares/nobody`, { access: 'read' })).body.code,
      'contacts.unknown_user',
    )
    await call('alice', 204, 'DELETE', `/${family.id}/shares/bob`)
    await call('bob', 404, 'GET', `/${id}`)
  })
})
