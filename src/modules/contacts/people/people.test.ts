import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { newId } from '#platform/ids.ts'
import { startContactsApp } from '../../../../test/fixtures/contacts-app.ts'
import { insertAccount, insertFolder, insertMessage } from '../../../../test/fixtures/mailbox-rows.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { autocompleteStore } from './autocomplete-store.ts'
import { createContactLookup } from './contact-lookup.ts'
import { summedUp } from './correspondence.ts'
import { directorySweep } from './directory.ts'
import { directoryStore } from './directory-store.ts'

type Completion = { name: string; email: string; source: string }

test('somebody written to lately stands before one written to as often long ago', () => {
  const to = (email: string, at: string) => ({ id: email, writtenAt: new Date(at), people: [{ name: 'N', email }] })
  const people = summedUp([
    to('old@x.test', '2020-01-01'),
    to('old@x.test', '2020-02-01'),
    to('OLD@x.test', '2020-03-01'),
    to('new@x.test', '2026-05-01'),
    to('often@x.test', '2026-04-01'),
    to('often@x.test', '2026-04-20'),
    to('no address', '2026-04-20'),
  ])
  assert.deepEqual(
    people.toSorted((a, b) => b.score - a.score).map(({ email, count }) => [email, count]),
    [
      ['often@x.test', 2],
      ['new@x.test', 1],
      ['old@x.test', 3],
    ],
  )
})

suite('people', async () => {
  const app = await startContactsApp({ ULTID_ROLES: 'api,jobs' })
  after(() => app.close())
  const { call, get, create, urlOf } = app
  const { database, transact } = app.app.platform
  const completed = async (q: string, user = 'alice'): Promise<Completion[]> =>
    (await get(user, `/autocomplete?q=${encodeURIComponent(q)}`)).items
  const emails = async (q: string) => (await completed(q)).map(({ email }) => email)
  const ownerOf = async (user: string): Promise<string> => {
    await get(user, '')
    const row = database.selectFrom('principal').select('id').where('subject', '=', user)
    return (await row.executeTakeFirstOrThrow()).id
  }
  const alice = await ownerOf('alice')
  const account = await insertAccount(database, alice)
  const sent = await insertFolder(database, account, { path: 'Sent', role: 'sent' })
  const wrote = async (to: { name: string; email: string }[], subject = 'Hello') => {
    const id = await insertMessage({ database, transact }, account, {
      ...{
        folderId: sent,
        subject,
        to,
        from: { name: 'Alice', email: 'alice@ulti.test' },
        receivedAt: '2026-05-01T09:00:00Z',
        text: 'Hi',
      },
    })
    await database
      .updateTable('mail_message')
      .set({ created_at: new Date(Date.now() - 120_000) })
      .where('id', '=', id)
      .execute()
  }

  test('accents, capitals, word order and a typing error are forgiven; words are matched from their beginnings', async () => {
    await create('alice', {
      name: { given: 'Zoë', surname: 'Müller-Lüdenscheidt' },
      emails: { e1: { address: 'zoe@gmbh.test' } },
    })
    await create('alice', {
      name: { given: 'Kjell', surname: 'Bjørnson' },
      emails: { e1: { address: 'kb@fjord.test' }, e2: { address: 'kjell@home.test' } },
    })
    await create('alice', { name: { full: 'No Address' } })
    for (const q of [
      'zoe',
      'MULLER',
      'muller zo',
      'ludensch',
      'zoe@g',
      'mulelr',
      'ludenschiedt',
      'gmbu',
      'zeo@gmbh.test',
      'mulelr zo',
    ]) {
      assert.deepEqual(await emails(q), ['zoe@gmbh.test'], q)
    }
    assert.deepEqual(await emails('bjornson'), ['kb@fjord.test', 'kjell@home.test'])
    for (const q of ['ller', 'address', '%', 'zoe bjornson', 'z(o[e@gm', 'zo*.@gmb'])
      assert.deepEqual(await emails(q), [], q)
  })

  test('those written to become suggestions and complete what is typed, those written to most first', async () => {
    await wrote([{ name: 'Zacharias Often', email: 'Zach@often.test' }])
    await wrote([
      { name: '', email: 'zach@often.test' },
      { name: 'Zachary Once', email: 'once@z.test' },
    ])
    await wrote([
      { name: 'Robot', email: 'no-reply@zach.test' },
      { name: 'Kjell', email: 'kb@fjord.test' },
    ])
    await database.updateTable('contact_home').set({ gathered_at: null }).execute()
    await get('alice', '/suggestions')
    const { items } = await eventually(async () => {
      const page = await get('alice', '/suggestions')
      assert.equal(page.items.length, 2)
      return page
    })
    assert.deepEqual(
      items.map((one: { email: string; name: string; written_count: number }) => [
        one.email,
        one.name,
        one.written_count,
      ]),
      [
        ['zach@often.test', 'Zacharias Often', 2],
        ['once@z.test', 'Zachary Once', 1],
      ],
    )
    assert.deepEqual(await emails('zach'), ['zach@often.test', 'no-reply@zach.test', 'once@z.test'])
    // A contact that was written to comes before one that was not.
    await create('alice', { name: { full: 'Kjeld' }, emails: { e1: { address: 'aaa@kjeld.test' } } })
    assert.deepEqual(await emails('kje'), ['kb@fjord.test', 'aaa@kjeld.test', 'kjell@home.test'])
    const { items: likeliest } = await get('alice', '/autocomplete?q=kje&limit=1')
    assert.deepEqual(
      likeliest.map(({ email }: Completion) => email),
      ['kb@fjord.test'],
    )
  })

  test('a suggestion is accepted once, or dismissed for good', async () => {
    const { body: contact } = await call('alice', 201, 'POST', '/suggestions/zach@often.test/acceptance', {
      book_id: 'contacts',
    })
    assert.deepEqual([contact.name.full, contact.emails.e1.address], ['Zacharias Often', 'zach@often.test'])
    await call('alice', 404, 'POST', '/suggestions/zach@often.test/acceptance', { book_id: 'contacts' })
    await call('alice', 204, 'DELETE', '/suggestions/once@z.test')
    await call('alice', 404, 'DELETE', '/suggestions/once@z.test')
    assert.deepEqual((await get('alice', '/suggestions')).items, [])
    assert.deepEqual(await emails('zach'), ['zach@often.test', 'no-reply@zach.test'])
    assert.equal((await completed('zach'))[0]?.source, 'contact')
  })

  test('people of the installation are found, and those who are suspended no more', async () => {
    await ownerOf('bob')
    await database
      .updateTable('principal')
      .set({ email: 'bob@ulti.test', display_name: 'Bob Keller' })
      .where('subject', '=', 'bob')
      .execute()
    const sweep = directorySweep({ database, sources: [] })
    await sweep.run()
    assert.deepEqual(
      (await completed('kelle')).map(({ name, email, source }) => [name, email, source]),
      [['Bob Keller', 'bob@ulti.test', 'directory']],
    )
    await database.updateTable('principal').set({ suspended_at: new Date() }).where('subject', '=', 'bob').execute()
    await sweep.run()
    assert.deepEqual(await completed('kelle'), [])
    await database.updateTable('principal').set({ suspended_at: null }).where('subject', '=', 'bob').execute()
  })

  test('where the directory shows people of the same groups, no others are found', async () => {
    await database
      .updateTable('principal')
      .set({ groups: ['sales', 'berlin'] })
      .where('id', '=', alice)
      .execute()
    const person = (name: string, groups: string[]) => ({
      ...{ id: newId(), name, email: `${name}@elsewhere.test`, groups },
    })
    const people = [person('same', ['berlin', 'support']), person('other', ['support']), person('none', [])]
    // Later than any look at who there is, so that none takes them out.
    await directoryStore.put(database, people, new Date(Date.now() + 86_400_000))
    const found = async (inGroupOf: string | undefined) => {
      const match = { words: ['elsewhere'], isLoose: false }
      const rows = await autocompleteStore.directory(database, match, { inGroupOf, limit: 10 })
      return rows.map(({ name }) => name)
    }
    assert.deepEqual(await found(undefined), ['none', 'other', 'same'])
    assert.deepEqual(await found(alice), ['same'])
    assert.deepEqual(await found(newId()), [])
  })

  test('rules learn who is a contact, of their owner alone', async () => {
    const lookup = createContactLookup({ database })
    assert.equal(await lookup.isContact(alice, 'KB@fjord.test'), true)
    assert.equal(await lookup.isContact(alice, 'stranger@x.test'), false)
    assert.equal(await lookup.isContact(await ownerOf('bob'), 'kb@fjord.test'), false)
  })

  test('interactions with a contact are its mails, of their owner alone', async () => {
    const [contact] = (await get('alice', '/contacts/contacts?q=zacharias')).items
    const { items } = await get('alice', `${urlOf(contact)}/interactions`)
    assert.deepEqual(
      items.map((one: { type: string }) => one.type),
      ['mail.message', 'mail.message'],
    )
    await call('bob', 404, 'GET', `${urlOf(contact)}/interactions`)
    const none = await create('alice', { name: { full: 'Silent' } })
    assert.deepEqual((await get('alice', `${urlOf(none)}/interactions`)).items, [])
  })
})
