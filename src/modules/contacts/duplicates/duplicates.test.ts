import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { sql } from 'kysely'
import { startContactsApp } from '../../../../test/fixtures/contacts-app.ts'

suite('duplicates and merges', async () => {
  const app = await startContactsApp()
  after(() => app.close())
  const { call, get, create, urlOf } = app
  const reasonsOf = async () =>
    (await get('alice', '/duplicates')).items.map(
      (group: {
        score: number
        reasons: { kind: string; value: string }[]
        contacts: { name: { full: string } }[]
      }) => [group.contacts.map(({ name }) => name.full).sort(), group.reasons.map(({ kind }) => kind).sort()],
    )

  test('the same address, the same number however it is written, and the same name are found, with why', async () => {
    await app.request('PATCH', '/api/v1/account', { as: 'alice', body: { locale: 'fr-FR' } })
    const made = [
      await create('alice', {
        name: { full: 'Zoë Müller' },
        emails: { e1: { address: 'ZOE@x.test' } },
        phones: { p1: { number: '01 42 68 53 00' } },
      }),
      await create('alice', { name: { full: 'zoe muller' }, emails: { e1: { address: 'zoe@x.test' } } }),
      await create('alice', { name: { full: 'Mum' }, phones: { p1: { number: '+33 1 42685300' } } }),
      await create('alice', { name: { full: 'Ann' }, emails: { e1: { address: 'ann@x.test' } } }),
      await create('alice', { name: { full: 'Ann B' }, emails: { e1: { address: 'ann@x.test' } } }),
      await create('alice', { name: { full: 'Somebody Else' } }),
    ]
    assert.deepEqual(await reasonsOf(), [
      [
        ['Mum', 'Zoë Müller', 'zoe muller'],
        ['email', 'name', 'phone'],
      ],
      [['Ann', 'Ann B'], ['email']],
    ])
    assert.deepEqual((await get('bob', '/duplicates')).items, [])
    for (const one of made) await call('alice', 204, 'DELETE', urlOf(one))
  })

  test('a merge keeps everything, moves the memberships, and is taken back', async () => {
    const one = await create('alice', {
      name: { full: 'Ann' },
      emails: { e1: { address: 'ann@x.test' } },
      anniversaries: { d1: { kind: 'birth', date: { year: 1970 } } },
    })
    const two = await create('alice', {
      name: { given: 'Ann', surname: 'Lee' },
      phones: { p1: { number: '+1' } },
      anniversaries: { d1: { kind: 'birth', date: { year: 1971 } } },
    })
    const group = await create('alice', { kind: 'group', name: { full: 'Team' }, members: [two.uid] })
    const { body } = await call('alice', 200, 'POST', '/merge', {
      paths: [one.path, two.path],
      wins: { name: two.path },
    })
    const { contact } = body
    assert.deepEqual([contact.path, contact.uid, contact.name.full], [one.path, one.uid, 'Ann Lee'])
    assert.deepEqual(
      [contact.emails.e1.address, contact.phones.p1.number, contact.anniversaries.d1.date],
      ['ann@x.test', '+1', { year: 1970 }],
    )
    await call('alice', 404, 'GET', urlOf(two))
    assert.deepEqual((await get('alice', urlOf(group))).members, [one.uid])
    assert.deepEqual(
      (await get('alice', '/merges')).items.map((merge: { names: string[] }) => merge.names),
      [['Ann', 'Ann Lee']],
    )
    await call('bob', 404, 'DELETE', `/merges/${body.merge_id}`)

    await call('alice', 200, 'PATCH', urlOf(one), { notes: { n1: { note: 'later' } } })
    const refused = await call('alice', 409, 'DELETE', `/merges/${body.merge_id}`)
    assert.equal(refused.body.code, 'contacts.changed_since_merge')
    const undone = await call('alice', 200, 'DELETE', `/merges/${body.merge_id}?force=true`)
    const plain = ({ etag: _, updated_at: __, ...rest }: Record<string, unknown>) => rest
    assert.deepEqual(plain(undone.body), plain(one))
    assert.deepEqual(plain(await get('alice', urlOf(two))), plain(two))
    assert.deepEqual((await get('alice', urlOf(group))).members, [two.uid])
    await call('alice', 404, 'DELETE', `/merges/${body.merge_id}`)
    for (const kept of [one, two, group]) await call('alice', 204, 'DELETE', urlOf(kept))
  })

  test('what cannot be merged leaves everything as it was; after 30 days nothing is taken back', async () => {
    const one = await create('alice', { name: { full: 'One' } })
    const two = await create('alice', { name: { full: 'Two' } })
    await call('alice', 400, 'POST', '/merge', { paths: [one.path, one.path] })
    await call('alice', 404, 'POST', '/merge', {
      paths: [one.path, '/remote.php/dav/addressbooks/users/bob/contacts/x.vcf'],
    })
    await call('alice', 404, 'POST', '/merge', { paths: [one.path, one.path.replace('.vcf', '-none.vcf')] })
    assert.deepEqual((await get('alice', '/merges')).items, [])
    const { body } = await call('alice', 200, 'POST', '/merge', { paths: [one.path, two.path] })
    await sql`update contact_merge set created_at = now() - interval '31 days'`.execute(app.app.platform.database)
    await call('alice', 404, 'DELETE', `/merges/${body.merge_id}`)
  })
})
