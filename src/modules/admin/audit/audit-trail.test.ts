import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { administratorSettings, createAdministration } from '../../../../test/fixtures/administrators.ts'
import { startTestApp } from '../../../../test/harness/app.ts'

suite('the audit log', async () => {
  const app = await startTestApp(administratorSettings)
  after(() => app.close())
  const { as, expect, personId } = createAdministration(app)
  const bob = await personId('bob')
  await expect(200, 'PUT', `/people/${bob}/suspension`)
  await expect(200, 'DELETE', `/people/${bob}/suspension`)
  const token = { name: 'A program', permissions: ['mail:read'] }
  await as('alice', [], 'POST', '/api/v1/account/tokens', { body: token })
  const actions = (items: { action: string }[]) => items.map(({ action }) => action)

  test('is searched by who, what and when, newest first', async () => {
    const all = await expect(200, 'GET', '/audit/entries')
    assert.deepEqual(actions(all.items), [
      'account.token_created',
      'admin.person_reactivated',
      'admin.person_suspended',
    ])
    assert.equal(all.items[1].actor_name, 'root')
    assert.deepEqual(all.items[2].details, { before: { is_suspended: false }, after: { is_suspended: true } })
    const search = async (query: string) => actions((await expect(200, 'GET', `/audit/entries?${query}`)).items)
    assert.equal((await search(`person_id=${bob}`)).length, 2)
    assert.equal((await search(`actor_id=${all.items[0].actor_id}`)).length, 1)
    assert.equal((await search('action=admin.')).length, 2)
    assert.equal((await search('action=admin.person_suspended&outcome=success')).length, 1)
    assert.equal((await search(`to=${all.items[2].at}`)).length, 0)
    assert.equal((await search(`from=${all.items[2].at}`)).length, 3)
    assert.equal((await search(`target=${bob}`)).length, 2)
  })

  test('is read page by page', async () => {
    const first = await expect(200, 'GET', '/audit/entries?limit=2')
    const rest = await expect(200, 'GET', `/audit/entries?limit=2&cursor=${first.next_cursor}`)
    assert.deepEqual([first.items.length, actions(rest.items), rest.next_cursor], [2, ['admin.person_suspended'], null])
  })

  test('is exported as lines, and that it was is written down', async () => {
    const answer = await fetch(new URL('/api/v1/admin/audit/export.ndjson?action=admin.', app.url), {
      headers: { authorization: `Bearer ${await app.token('admin')}` },
    })
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'application/x-ndjson'])
    const lines = (await answer.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(actions(lines), ['admin.audit_exported', 'admin.person_reactivated', 'admin.person_suspended'])
    assert.equal(lines[1].previous_hash, lines[2].hash)
  })

  test('says whether it is as it was written', async () => {
    const { is_intact, faults } = await expect(200, 'GET', '/audit/verification')
    assert.deepEqual([is_intact, faults], [true, []])
    await app.app.platform.pool.query('alter table audit_entry disable trigger audit_entry_keep')
    await app.app.platform.pool.query(
      `update audit_entry set outcome = 'failed' where action = 'admin.person_suspended'`,
    )
    const broken = await expect(200, 'GET', '/audit/verification')
    assert.deepEqual([broken.is_intact, broken.faults[0].kind, broken.faults[0].person_id], [false, 'changed', bob])
  })
})
