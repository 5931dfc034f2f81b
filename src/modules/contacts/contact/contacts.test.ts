import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startContactsApp } from '../../../../test/fixtures/contacts-app.ts'

const book = '/remote.php/dav/addressbooks/users/alice/contacts'
const vcard = (...lines: string[]) => ['BEGIN:VCARD', 'VERSION:4.0', ...lines, 'END:VCARD', ''].join('\r\n')

suite('contacts', async () => {
  const app = await startContactsApp()
  after(() => app.close())
  const { call, get, create, urlOf } = app
  const names = async (query = '') =>
    (await get('alice', `/contacts/contacts${query}`)).items.map((one: { name: { full: string } }) => one.name.full)

  test('are made, viewed, replaced, patched and deleted, with an ETag that is held to', async () => {
    const made = await create('alice', {
      name: { given: 'Grace', surname: 'Hopper' },
      emails: { e1: { address: 'grace@example.test', contexts: ['work'] } },
    })
    assert.match(made.path, /^\/remote\.php\/dav\/addressbooks\/users\/alice\/contacts\/[\w-]+\.vcf$/)
    assert.equal(made.name.full, 'Grace Hopper')
    const shown = await call('alice', 200, 'GET', urlOf(made))
    assert.deepEqual(shown.body, made)
    assert.equal(shown.headers.get('etag'), made.etag)
    const patched = await call(
      'alice',
      200,
      'PATCH',
      urlOf(made),
      { notes: { n1: { note: 'Met\nin Paris' } } },
      { 'if-match': made.etag },
    )
    assert.notEqual(patched.body.etag, made.etag)
    assert.deepEqual(patched.body.emails, made.emails)
    const stale = await call('alice', 412, 'PUT', urlOf(made), { name: { full: 'X' } }, { 'if-match': made.etag })
    assert.deepEqual(
      [stale.body.code, stale.body.message],
      ['etag_mismatch', 'etag does not match current resource version'],
    )
    const replaced = await call(
      'alice',
      200,
      'PUT',
      urlOf(made),
      { name: { full: 'G. H.' } },
      { 'if-match': patched.body.etag },
    )
    assert.equal(replaced.body.emails, undefined)
    await call('alice', 412, 'DELETE', urlOf(made), undefined, { 'if-match': made.etag })
    await call('alice', 204, 'DELETE', urlOf(made), undefined, { 'if-match': replaced.body.etag })
    await call('alice', 404, 'GET', urlOf(made))
  })

  test('what the vCard has beside the JSON survives an update', async () => {
    const path = '/addressbooks/users/alice/contacts/rich.vcf'
    await app
      .dav('alice')
      .put(
        path,
        vcard(
          'UID:rich',
          'FN:Rich',
          'X-SECRET;X-P=1:kept',
          'PHOTO:data:image/png;base64,AAAA',
          'EMAIL;PID=1.1:r@x.test',
        ),
      )
    const contact = await get('alice', `/contacts${book}/rich.vcf`)
    assert.equal(contact.has_photo, true)
    await call(
      'alice',
      200,
      'PUT',
      urlOf(contact),
      { name: { full: 'Richer' }, emails: { e1: { address: 'r2@x.test' } } },
      { 'if-match': contact.etag },
    )
    const { body } = await app.dav('alice').get(path, { headers: { accept: 'text/vcard; version=4.0' } })
    const text = (await body.toArray()).join('')
    for (const line of [
      'X-SECRET;X-P=1:kept',
      'PHOTO:data:image/png;base64,AAAA',
      'EMAIL;PID=1.1:r2@x.test',
      'FN:Richer',
    ]) {
      assert(text.includes(line), text)
    }
    await call('alice', 204, 'DELETE', urlOf(contact))
  })

  test('a repeated Idempotency-Key makes one contact; another body under it is refused', async () => {
    const headers = { 'idempotency-key': 'k1' }
    const one = await call('alice', 201, 'POST', '/contacts/contacts', { name: { full: 'Once' } }, headers)
    const two = await call('alice', 201, 'POST', '/contacts/contacts', { name: { full: 'Once' } }, headers)
    assert.equal(two.body.path, one.body.path)
    await call('alice', 422, 'POST', '/contacts/contacts', { name: { full: 'Other' } }, headers)
    const taken = await call('alice', 409, 'POST', '/contacts/contacts', { uid: one.body.uid, name: { full: 'Twin' } })
    assert.equal(taken.body.code, 'contacts.already_exists')
    await call('alice', 204, 'DELETE', urlOf(one.body))
  })

  test('what is no contact is refused with the place of the fault', async () => {
    const faults: [object, RegExp][] = [
      [{}, /name/],
      [{ name: { full: 'A' }, emails: { 'no id!': { address: 'a@x.test' } } }, /emails/],
      [{ name: { full: 'A' }, anniversaries: { d1: { kind: 'birth', date: { month: 2, day: 31 } } } }, /anniversaries/],
      [{ name: { full: 'A' }, shoe_size: 44 }, /shoe_size|body/],
    ]
    for (const [contact, place] of faults) {
      const { body } = await call('alice', 400, 'POST', '/contacts/contacts', contact)
      assert.equal(body.code, 'invalid_request_body')
      assert.match(JSON.stringify(body.details), place)
    }
  })

  test('what another program changes is seen, and what it deletes is gone', async () => {
    const path = '/addressbooks/users/alice/contacts/phone.vcf'
    await app.dav('alice').put(path, vcard('UID:phone', 'FN:By Phone'))
    assert.deepEqual(await names('?q=phone'), ['By Phone'])
    await app.dav('alice').put(path, vcard('UID:phone', 'FN:By Telephone'))
    assert.deepEqual(await names('?q=telephone'), ['By Telephone'])
    await app.dav('alice').delete(path)
    // Deleted and made anew within one delta reads as gone at Nextcloud.
    await app.dav('alice').put(path, vcard('UID:phone', 'FN:Anew'))
    assert.deepEqual(await names('?q=anew'), ['Anew'])
    await app.dav('alice').delete(path)
    assert.deepEqual(await names('?q=anew'), [])
  })

  test('are listed by surname as the locale of their owner sorts, page by page, and found by beginnings of words', async () => {
    const made = []
    for (const [given, surname] of [
      ['Åsa', 'Öberg'],
      ['Ole', 'Zimmer'],
      ['Émile', 'Oliver'],
      ['Anna', 'Åkesson'],
      ['Zoë', 'Adam'],
    ]) {
      made.push(await create('bob', { name: { given, surname }, organizations: { o1: { name: 'Åre Skidor' } } }))
    }
    const surnames = async (query: string) =>
      (await get('bob', `/contacts/contacts${query}`)).items.map(
        (one: { name: { surname: string } }) => one.name.surname,
      )
    assert.deepEqual(await surnames(''), ['Adam', 'Åkesson', 'Öberg', 'Oliver', 'Zimmer'])
    await app.request('PATCH', '/api/v1/account', { as: 'bob', body: { locale: 'sv-SE' } })
    const first = await get('bob', '/contacts/contacts?limit=2')
    const second = await get('bob', `/contacts/contacts?limit=3&cursor=${first.next_cursor}`)
    assert.deepEqual(
      [...first.items, ...second.items].map((one) => one.name.surname),
      ['Adam', 'Oliver', 'Zimmer', 'Åkesson', 'Öberg'],
    )
    assert.equal(second.next_cursor, null)
    assert.deepEqual(await surnames('?q=emi%20OLI'), ['Oliver'])
    assert.deepEqual(await surnames('?q=are&limit=1'), ['Adam'])
    assert.deepEqual(await surnames('?q=%25'), [])
    await app.request('PATCH', '/api/v1/account', { as: 'bob', body: { locale: null } })
    const changed = await get('bob', '/contacts/contacts?sort=changed&limit=1')
    assert.equal(changed.items[0].name.surname, 'Adam')
    for (const one of made) await call('bob', 204, 'DELETE', urlOf(one))
  })

  test('groups and categories narrow the list', async () => {
    const ann = await create('alice', { name: { full: 'Ann' }, categories: ['Choir', 'Work'] })
    const ben = await create('alice', { name: { full: 'Ben' }, categories: ['Choir'] })
    const group = await create('alice', { kind: 'group', name: { full: 'Team' }, members: [ann.uid] })
    assert.deepEqual(await names('?category=Work'), ['Ann'])
    await call('alice', 200, 'PATCH', urlOf(ben), { phones: { p1: { number: '01 42 68-53' } } })
    assert.deepEqual(await names('?q=0142%2068'), ['Ben'])
    assert.deepEqual(await names(`?group=${group.uid}`), ['Ann'])
    assert.deepEqual(
      (await get('alice', '/groups')).items.map((one: { uid: string }) => one.uid),
      [group.uid],
    )
    assert.deepEqual((await get('alice', '/categories')).items, [
      { name: 'Choir', count: 2 },
      { name: 'Work', count: 1 },
    ])
    await call('alice', 404, 'GET', `/contacts/contacts?group=${ann.uid}`)
    for (const one of [ann, ben, group]) await call('alice', 204, 'DELETE', urlOf(one))
  })

  test('a batch does each of its operations for itself', async () => {
    const old = await create('alice', { name: { full: 'Old' } })
    const { body } = await call('alice', 200, 'POST', '/contacts/batch', {
      operations: [
        { action: 'create', book_id: 'contacts', contact: { name: { full: 'New' } } },
        { action: 'update', path: old.path, if_match: '"other"', contact: { name: { full: 'X' } } },
        { action: 'update', path: old.path, contact: { name: { full: 'Older' } } },
        { action: 'delete', path: '/remote.php/dav/addressbooks/users/bob/contacts/x.vcf' },
        { action: 'create', book_id: 'nowhere', contact: { name: { full: 'Lost' } } },
      ],
    })
    assert.deepEqual(
      body.results.map((one: { is_done: boolean; code?: string }) => one.code ?? one.is_done),
      [true, 'etag_mismatch', true, 'not_found', 'not_found'],
    )
    assert.deepEqual(await names('?q=old'), ['Older'])
    for (const { path } of [body.results[0], body.results[2]]) await call('alice', 204, 'DELETE', urlOf({ path }))
  })

  test('of others are not there for anybody', async () => {
    const mine = await create('alice', { name: { full: 'Private' } })
    for (const method of ['GET', 'DELETE']) await call('bob', 404, method, urlOf(mine))
    await call('bob', 404, 'PATCH', urlOf(mine), { name: { full: 'Stolen' } })
    for (const path of [`${book}/..%2fx.vcf`, `${book}/%2e%2e`, `${book}/none.vcf`]) {
      const answer = await app.request('GET', `/api/v1/contacts/contacts${path}`, { as: 'alice' })
      assert([400, 404].includes(answer.status), path)
    }
    assert.equal((await app.request('GET', '/api/v1/contacts')).status, 401)
    await call('alice', 204, 'DELETE', urlOf(mine))
  })

  test('are found by the search over everything', async () => {
    const made = await create('alice', { name: { full: 'Quetzalcoatl' }, notes: { n1: { note: 'feathered serpent' } } })
    const { items } = await get('alice', '/api/v1/search?q=serpent')
    assert.deepEqual([items[0].type, items[0].title], ['contacts.contact', 'Quetzalcoatl'])
    await call('alice', 204, 'DELETE', urlOf(made))
    assert.deepEqual((await get('alice', '/api/v1/search?q=serpent')).items, [])
  })

  test('are shown for a while when Nextcloud does not answer, and cannot be changed then', async () => {
    const made = await create('alice', { name: { full: 'Cached' } })
    app.nextcloud.faults.intercept = (_request, response) => {
      response.writeHead(500).end()
      return true
    }
    assert.deepEqual(await names('?q=cached'), ['Cached'])
    const refused = await app.request('PATCH', `/api/v1/contacts${urlOf(made)}`, {
      as: 'alice',
      body: { name: { full: 'X' } },
    })
    assert.equal(refused.body.code, 'upstream_unavailable')
    app.nextcloud.faults.intercept = undefined
  })
})
