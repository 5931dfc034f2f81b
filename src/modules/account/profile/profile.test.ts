import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startTestApp } from '../../../../test/harness/app.ts'

const path = '/api/v1/account/'

suite('the account of a person', async () => {
  const app = await startTestApp()
  after(() => app.close())

  test('shows who somebody is and what they may do', async () => {
    const { body, headers } = await app.request('GET', path, { as: 'admin' })
    assert.deepEqual([body.email, body.display_name, body.groups], ['admin@example.test', 'admin', ['ulti-admins']])
    assert.ok(body.permissions.includes('admin') && body.permissions.includes('account:write'))
    assert.ok(headers.get('etag'))
    assert.equal((await app.request('GET', path)).status, 401)
  })

  test('a chosen name, language and time zone hold until they are taken back, whatever the token says', async () => {
    const chosen = { display_name: ' Ada Lovelace ', locale: 'fr-ch', time_zone: 'Europe/Zurich' }
    const changed = await app.request('PATCH', path, { as: 'ada', body: chosen })
    assert.equal(changed.status, 200)
    const seen = (await app.request('GET', path, { as: 'ada' })).body
    assert.deepEqual(seen, changed.body)
    assert.deepEqual([seen.display_name, seen.locale, seen.time_zone], ['Ada Lovelace', 'fr-CH', 'Europe/Zurich'])
    const back = { display_name: null, locale: null, time_zone: null }
    const { body } = await app.request('PATCH', path, { as: 'ada', body: back })
    assert.deepEqual([body.display_name, body.locale, body.time_zone], ['ada', null, null])
  })

  test('a stale If-Match changes nothing and answers 412', async () => {
    const { headers } = await app.request('GET', path, { as: 'bob' })
    const etag = headers.get('etag') ?? ''
    const change = (locale: string, ifMatch: string) =>
      app.request('PATCH', path, { as: 'bob', body: { locale }, headers: { 'if-match': ifMatch } })
    const first = await change('de', etag)
    assert.equal(first.status, 200)
    assert.notEqual(first.headers.get('etag'), etag)
    const stale = await change('it', etag)
    assert.deepEqual([stale.status, stale.body.code], [412, 'etag_mismatch'])
    assert.equal((await app.request('GET', path, { as: 'bob' })).body.locale, 'de')
    assert.equal((await change('it', first.headers.get('etag') ?? '')).status, 200)
  })

  test('what is no language, time zone or name is refused by the member at fault', async () => {
    const refused: [body: object, at: string][] = [
      [{ locale: 'not a tag' }, 'body.locale'],
      [{ locale: 'x' }, 'body.locale'],
      [{ time_zone: 'Mars/Olympus' }, 'body.time_zone'],
      [{ time_zone: '+01:00' }, 'body.time_zone'],
      [{ display_name: '   ' }, 'body.display_name'],
      [{ display_name: 'a\nb' }, 'body.display_name'],
      [{ email: 'x@example.test' }, 'body.email'],
    ]
    for (const [body, at] of refused) {
      const answer = await app.request('PATCH', path, { as: 'carol', body })
      assert.deepEqual([answer.status, answer.body.details?.[0]?.path], [400, at], JSON.stringify(body))
    }
    assert.equal((await app.request('PATCH', path, { as: 'carol', body: {} })).status, 400)
  })
})
