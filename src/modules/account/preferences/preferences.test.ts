import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startTestApp } from '../../../../test/harness/app.ts'

suite('preferences', async () => {
  const app = await startTestApp()
  after(() => app.close())
  const at = (key: string) => `/api/v1/account/preferences/${key}`
  const put = (as: string, key: string, body: unknown, headers = {}) =>
    app.request('PUT', at(key), {
      as,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  const etagOf = (answer: { headers: Headers }) => answer.headers.get('etag') ?? ''

  test('a document comes back as it was kept, whatever JSON it is', async () => {
    const documents = [
      { theme: 'dark', columns: [1, 2.5, null], nested: { a: { b: 'ü😀' } } },
      [],
      'text',
      7,
      true,
      null,
      {},
    ]
    for (const [index, document] of documents.entries()) {
      const made = await put('alice', `doc-${index}`, document)
      assert.deepEqual([made.status, made.body], [201, document])
      const seen = await app.request('GET', at(`doc-${index}`), { as: 'alice' })
      assert.deepEqual([seen.status, seen.body, etagOf(seen)], [200, document, etagOf(made)])
    }
    assert.equal((await put('alice', 'doc-0', { theme: 'light' })).status, 200)
  })

  test('a write that saw another version answers 412 and changes nothing', async () => {
    const first = await put('bob', 'ui', { n: 1 })
    const second = await put('bob', 'ui', { n: 2 }, { 'if-match': etagOf(first) })
    assert.equal(second.status, 200)
    for (const ifMatch of [etagOf(first), '"made-up"', `W/${etagOf(second)}`]) {
      const stale = await put('bob', 'ui', { n: 3 }, { 'if-match': ifMatch })
      assert.deepEqual([stale.status, stale.body.code], [412, 'etag_mismatch'], ifMatch)
    }
    const removal = await app.request('DELETE', at('ui'), { as: 'bob', headers: { 'if-match': etagOf(first) } })
    assert.equal(removal.status, 412)
    assert.deepEqual((await app.request('GET', at('ui'), { as: 'bob' })).body, { n: 2 })
    assert.equal((await put('bob', 'ui', {}, { 'if-none-match': '*' })).status, 412)
    assert.equal((await put('bob', 'new', {}, { 'if-match': '*' })).status, 412)
    assert.equal((await put('bob', 'new', {}, { 'if-none-match': '*' })).status, 201)
  })

  test('a document that was removed and made again has another ETag', async () => {
    const first = await put('carol', 'ui', { n: 1 })
    assert.equal((await app.request('DELETE', at('ui'), { as: 'carol' })).status, 204)
    assert.equal((await app.request('GET', at('ui'), { as: 'carol' })).status, 404)
    assert.equal((await app.request('DELETE', at('ui'), { as: 'carol' })).status, 404)
    assert.notEqual(etagOf(await put('carol', 'ui', { n: 1 })), etagOf(first))
  })

  test('of many who write to one version one wins', async () => {
    const first = await put('dave', 'ui', { n: 0 })
    const writes = Array.from({ length: 8 }, (_, n) => put('dave', 'ui', { n }, { 'if-match': etagOf(first) }))
    const statuses = (await Promise.all(writes)).map(({ status }) => status)
    assert.equal(statuses.filter((status) => status === 200).length, 1)
    const made = await Promise.all(Array.from({ length: 8 }, () => put('dave', 'raced', {}, { 'if-none-match': '*' })))
    assert.equal(made.filter(({ status }) => status === 201).length, 1)
    const unconditional = await Promise.all(Array.from({ length: 8 }, () => put('dave', 'raced-again', {})))
    assert.ok(unconditional.every(({ status }) => status === 200 || status === 201))
  })

  test('holds 64 KiB and a hundred levels, no more', async () => {
    assert.equal((await put('erin', 'big', 'x'.repeat(64 * 1024 - 2))).status, 201)
    const over = await put('erin', 'big', 'x'.repeat(64 * 1024 - 1))
    assert.deepEqual([over.status, over.body.code], [400, 'request_body_too_large'])
    assert.equal((await put('erin', 'deep', JSON.parse(`${'['.repeat(90)}${']'.repeat(90)}`))).status, 201)
    const body = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    const headers = { 'content-type': 'application/json' }
    assert.equal((await app.request('PUT', at('deep'), { as: 'erin', body, headers })).status, 400)
    assert.equal((await app.request('PUT', at('none'), { as: 'erin' })).status, 400)
  })

  test('keys are listed page by page, each person seeing their own', async () => {
    for (const key of ['b', 'a', 'C', 'a.1']) await put('frank', key, { key })
    const list = async (query: string) =>
      (await app.request('GET', `/api/v1/account/preferences${query}`, { as: 'frank' })).body
    const all = (await list('')).items
    const keys = all.map(({ key }: { key: string }) => key)
    assert.deepEqual([...keys].sort(), ['C', 'a', 'a.1', 'b'])
    assert.equal(all[0].etag, etagOf(await app.request('GET', at(all[0].key), { as: 'frank' })))
    const first = await list('?limit=3')
    const rest = await list(`?limit=3&cursor=${first.next_cursor}`)
    assert.deepEqual([...first.items, ...rest.items], all)
    assert.equal(rest.next_cursor, null)
    assert.equal((await app.request('GET', at('a'), { as: 'grace' })).status, 404)
    assert.deepEqual((await app.request('GET', '/api/v1/account/preferences', { as: 'grace' })).body.items, [])
  })

  test('a key is a plain name', async () => {
    for (const key of ['.hidden', 'a%20b', 'x'.repeat(129), '%00']) {
      assert.equal((await put('heidi', key, {})).status, 400, key)
    }
  })
})
