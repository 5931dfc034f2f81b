import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { administratorSettings, createAdministration } from '../../../../test/fixtures/administrators.ts'
import { startTestApp } from '../../../../test/harness/app.ts'
import { startAuthentik } from '../../../../test/harness/authentik.ts'

suite('people and groups', async () => {
  const authentik = await startAuthentik()
  const app = await startTestApp({ ...administratorSettings, ...authentik.settings })
  after(async () => {
    await app.close()
    await authentik.close()
  })
  const { as, expect, personId } = createAdministration(app)
  const named = (items: { username: string }[]) => items.map(({ username }) => username)

  test('lists everybody of the directory page by page, also those who were never here', async () => {
    const bob = await personId('bob')
    const first = await expect(200, 'GET', '/people?limit=2')
    const rest = await expect(200, 'GET', `/people?limit=2&cursor=${first.next_cursor}`)
    assert.deepEqual([...named(first.items), ...named(rest.items)], ['alice', 'bob', 'carol'])
    assert.equal(rest.next_cursor, null)
    assert.equal(first.items[1].id, bob)
    assert.equal(first.items[0].last_seen_at, null)
    assert.ok(first.items[1].last_seen_at)
    assert.deepEqual(first.items[0].groups, ['ulti-admins', 'ulti-users'])
    assert.equal(first.items[1].usage.mail_accounts, 0)
    assert.deepEqual(named((await expect(200, 'GET', '/people?search=CAR')).items), ['carol'])
    assert.deepEqual(named((await expect(200, 'GET', '/people?group=ulti-admins')).items), ['alice'])
  })

  test('makes a person once per idempotency key, who is the one that signs in later', async () => {
    const body = { username: 'dora', name: 'Dora', email: 'dora@ulti.example', groups: ['ulti-users'] }
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const made = await expect(201, 'POST', '/people', { body, headers })
    assert.deepEqual(await expect(201, 'POST', '/people', { body, headers }), made)
    assert.equal(await personId('dora'), made.id)
    const again = await as('root', ['ulti-admins'], 'POST', '/api/v1/admin/people', { body })
    assert.deepEqual([again.status, again.body.code], [409, 'admin.name_taken'])
    const strange = { ...body, username: 'eve', groups: ['nobody'] }
    const refused = await as('root', ['ulti-admins'], 'POST', '/api/v1/admin/people', { body: strange })
    assert.deepEqual([refused.status, refused.body.code], [422, 'admin.unknown_group'])
    assert.match((await expect(200, 'POST', `/people/${made.id}/invitation`)).url, /^http/)
  })

  test('has the directory mail the link, once for an idempotency key, and says when it cannot', async () => {
    const body = { username: 'fay', name: 'Fay', email: 'fay@ulti.example' }
    const { id } = await expect(201, 'POST', '/people', { body })
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const mail = () => expect(202, 'POST', `/people/${id}/invitation/mail`, { headers })
    assert.deepEqual([await mail(), await mail()], [{ email: body.email }, { email: body.email }])
    assert.deepEqual(authentik.mails, [{ to: body.email, stage: 'default-recovery-email' }])
    const { rows } = await app.app.platform.pool.query(
      `select details from audit_entry where owner_id = $1 and action = 'admin.person_invited'`,
      [id],
    )
    assert.deepEqual(
      rows.map(({ details }) => details.after),
      [{ mailed_to: body.email }],
    )
    const refused = async () => (await expect(409, 'POST', `/people/${id}/invitation/mail`)).code
    authentik.faults.hasEmailStage = false
    assert.equal(await refused(), 'admin.invitations_off')
    authentik.faults.hasEmailStage = true
    authentik.faults.hasRecovery = false
    assert.equal(await refused(), 'admin.invitations_off')
    authentik.faults.hasRecovery = true
    const fay = authentik.directory.users().find(({ username }) => username === 'fay')
    assert.ok(fay)
    fay.email = ''
    assert.equal(await refused(), 'admin.no_address')
    assert.equal(authentik.mails.length, 1)
  })

  test('changes a person and writes down what it was and what it is', async () => {
    const [carol] = (await expect(200, 'GET', '/people?search=carol')).items
    const changed = await expect(200, 'PATCH', `/people/${carol.id}`, { body: { name: 'Carol D.' } })
    assert.deepEqual([changed.name, changed.email], ['Carol D.', carol.email])
    const { rows } = await app.app.platform.pool.query(
      `select details from audit_entry where owner_id = $1 and action = 'admin.person_updated'`,
      [carol.id],
    )
    assert.deepEqual([rows[0].details.before.name, rows[0].details.after.name], [carol.name, 'Carol D.'])
  })

  test('makes, renames and deletes groups, and says who is in them', async () => {
    const group = await expect(201, 'POST', '/groups', { body: { name: 'teachers' } })
    const [bob] = (await expect(200, 'GET', '/people?search=bob')).items
    await expect(204, 'PUT', `/groups/${group.id}/members/${bob.id}`)
    assert.deepEqual((await expect(200, 'GET', `/people/${bob.id}`)).groups, ['teachers', 'ulti-users'])
    assert.equal((await expect(200, 'GET', '/groups?search=teach')).items[0].member_count, 1)
    await expect(204, 'DELETE', `/groups/${group.id}/members/${bob.id}`)
    assert.equal((await expect(200, 'PATCH', `/groups/${group.id}`, { body: { name: 'tutors' } })).name, 'tutors')
    await expect(204, 'DELETE', `/groups/${group.id}`)
    await expect(404, 'GET', `/groups/${group.id}`)
  })

  test('nobody gets, gives or takes by others what they do not have', async () => {
    const [alice] = (await expect(200, 'GET', '/people?search=alice')).items
    const [admins] = (await expect(200, 'GET', '/groups?search=ulti-admins')).items
    const clerk = (method: string, path: string, body?: object) =>
      as('clerk', ['users-admins'], method, `/api/v1/admin${path}`, { body })
    const [bob] = (await expect(200, 'GET', '/people?search=bob')).items
    const attempts = [
      clerk('PUT', `/groups/${admins.id}/members/${bob.id}`),
      clerk('DELETE', `/groups/${admins.id}`),
      clerk('PATCH', `/groups/${admins.id}`, { name: 'others' }),
      clerk('POST', '/groups', { name: 'policies-admins' }),
      clerk('PATCH', `/people/${bob.id}`, { groups: ['ulti-admins'] }),
      clerk('PATCH', `/people/${alice.id}`, { email: 'clerk@ulti.example' }),
      clerk('POST', `/people/${alice.id}/invitation`),
      clerk('POST', `/people/${alice.id}/invitation/mail`),
      clerk('PUT', `/people/${alice.id}/suspension`),
    ]
    for (const { status, body } of await Promise.all(attempts))
      assert.deepEqual([status, body.code], [403, 'auth.forbidden'])
    assert.equal((await clerk('PATCH', `/people/${bob.id}`, { name: 'Bob K.' })).status, 200)
  })

  test('says when the directory is away, and when it takes no token', async () => {
    authentik.faults.isDown = true
    const away = await as('root', ['ulti-admins'], 'GET', '/api/v1/admin/people')
    assert.deepEqual([away.status, away.body.code], [502, 'upstream_unavailable'])
    authentik.faults.isDown = false
    authentik.faults.hasRecovery = false
    const [bob] = (await expect(200, 'GET', '/people?search=bob')).items
    const off = await as('root', ['ulti-admins'], 'POST', `/api/v1/admin/people/${bob.id}/invitation`)
    assert.deepEqual([off.status, off.body.code], [409, 'admin.invitations_off'])
  })
})

suite('people without a directory', async () => {
  const app = await startTestApp(administratorSettings)
  after(() => app.close())
  const { as, expect, personId } = createAdministration(app)

  test('are those who were here; they can be found and suspended, not made', async () => {
    await personId('alice')
    const bob = await personId('bob')
    assert.deepEqual((await expect(200, 'GET', '/people?search=bob')).items[0].id, bob)
    const first = await expect(200, 'GET', '/people?limit=1')
    assert.equal((await expect(200, 'GET', `/people?limit=1&cursor=${first.next_cursor}`)).items[0].id, bob)
    const body = { username: 'dora', name: 'Dora', email: 'dora@ulti.example' }
    const refused = await as('root', ['ulti-admins'], 'POST', '/api/v1/admin/people', { body })
    assert.deepEqual([refused.status, refused.body.code], [409, 'admin.directory_off'])
    assert.equal((await expect(200, 'PUT', `/people/${bob}/suspension`)).is_active, false)
    assert.deepEqual((await expect(200, 'GET', '/people?is_active=false')).items[0].id, bob)
  })
})
