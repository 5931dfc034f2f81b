import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, suite, test } from 'node:test'
import { startDrive } from '../../../../test/fixtures/drive.ts'

const sha256 = (content: string) => createHash('sha256').update(content)

suite('the content of files', async () => {
  const drive = await startDrive()
  after(() => drive.close())
  const { alice, bob, nextcloud, app } = drive
  const bytes = { 'content-type': 'application/octet-stream' }
  const put = (path: string, content: string, headers: Record<string, string> = {}) =>
    alice('PUT', `/content/${path}`, { body: content, headers: { ...bytes, ...headers } })
  async function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
    const authorization = `Bearer ${await app.token('alice')}`
    const answer = await fetch(`${app.url}/api/v1/drive${path}`, { method, headers: { authorization, ...headers } })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }

  test('goes in and comes out as it was, by path and by id, whole and in parts', async () => {
    const { status, body } = await put('notes.txt', 'bonjour', { 'x-oc-mtime': '1700000000' })
    assert.deepEqual([status, body.name, body.size_bytes], [201, 'notes.txt', 7])
    assert.equal(body.modified_at, '2023-11-14T22:13:20.000Z')
    const whole = await get('/content/notes.txt')
    assert.deepEqual([whole.status, whole.text, whole.headers.get('etag')], [200, 'bonjour', body.etag])
    assert.equal(whole.headers.get('content-length'), '7')
    const part = await get(`/items/${body.item_id}/content`, { range: 'bytes=3-' })
    assert.deepEqual([part.status, part.text, part.headers.get('content-range')], [206, 'jour', 'bytes 3-6/7'])
    const beyond = await get('/content/notes.txt', { range: 'bytes=70-' })
    assert.deepEqual([beyond.status, JSON.parse(beyond.text).code], [416, 'range_not_satisfiable'])
    assert.equal((await get('/content/notes.txt', { 'if-none-match': body.etag })).status, 304)
    assert.equal((await get('/content/notes.txt', { range: 'bytes=3-', 'if-range': '"other"' })).status, 200)
    const head = await get('/content/notes.txt', {}, 'HEAD')
    assert.deepEqual([head.status, head.headers.get('content-length'), head.text], [200, '7', ''])
  })

  test('a JSON file is a file as any other', async () => {
    const { status } = await put('a.json', '{"not": json', { 'content-type': 'application/json' })
    assert.equal(status, 201)
    assert.equal((await get('/content/a.json')).text, '{"not": json')
  })

  test('is written over the version that was seen only, and with If-None-Match only where there is nothing', async () => {
    const first = await put('versions.txt', 'one')
    assert.equal((await put('versions.txt', 'two', { 'if-none-match': '*' })).body.code, 'etag_mismatch')
    const second = await put('versions.txt', 'two', { 'if-match': first.body.etag })
    assert.equal(second.status, 200)
    const stale = await put('versions.txt', 'three', { 'if-match': first.body.etag })
    assert.deepEqual([stale.status, stale.body.code], [412, 'etag_mismatch'])
    assert.equal(await nextcloud.read('alice', 'versions.txt'), 'two')
  })

  test('that is not what its checksum says is not stored, and what is there stays', async () => {
    const good = await put('sum.txt', 'right', { 'oc-checksum': `SHA256:${sha256('right').digest('hex')}` })
    assert.equal(good.status, 201)
    const digest = sha256('right').digest('base64')
    assert.equal((await get('/content/sum.txt')).headers.get('repr-digest'), `sha-256=:${digest}:`)
    for (const headers of [
      { 'repr-digest': `sha-256=:${digest}:` },
      { 'oc-checksum': `MD5:${createHash('md5').update('x').digest('hex')}` },
    ]) {
      const bad = await put('sum.txt', 'wrong', headers)
      assert.deepEqual([bad.status, bad.body.code], [422, 'checksum_mismatch'])
    }
    assert.equal(await nextcloud.read('alice', 'sum.txt'), 'right')
    const none = await put('sum.txt', 'right', { 'oc-checksum': 'CRC:12' })
    assert.deepEqual([none.status, none.body.code], [400, 'invalid_request_body'])
  })

  test('an upload that breaks off leaves what was there', async () => {
    await put('broken.txt', 'whole')
    const { hostname, port } = new URL(app.url)
    const socket = connect(Number(port), hostname)
    const token = await app.token('alice')
    const head = `PUT /api/v1/drive/content/broken.txt HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-length: 1000\r\n\r\n`
    await new Promise<void>((resolve) => socket.write(`${head}half`, () => resolve()))
    socket.destroy()
    assert.equal((await get('/content/broken.txt')).text, 'whole')
  })

  test('a file is saved, or shown where that is harmless, under any name', async () => {
    await put('page.html', '<script>alert(1)</script>')
    const page = await get('/content/page.html?disposition=inline')
    assert.match(page.headers.get('content-disposition') ?? '', /^attachment; filename="page.html"$/)
    assert.equal(page.headers.get('content-type'), 'application/octet-stream')
    assert.match(page.headers.get('content-security-policy') ?? '', /sandbox/)
    await put(encodeURIComponent('té"st\u202e;.txt'), 'x')
    const named = await get(`/content/${encodeURIComponent('té"st\u202e;.txt')}?disposition=inline`)
    assert.equal(
      named.headers.get('content-disposition'),
      `inline; filename="t__st;.txt"; filename*=UTF-8''t%C3%A9%22st%3B.txt`,
    )
  })

  test('names of every kind are kept, whatever is in them', async () => {
    const names = [
      '🎠 playground 👨‍👩‍👧.txt',
      'ملف عربي.txt',
      '100%2Fpercent.txt',
      'dots...',
      ' spaces ',
      '#?&+;.txt',
      `${'é'.repeat(120)}.txt`,
    ]
    await alice('POST', '/folders', { body: { path: '/Names' } })
    for (const name of names) {
      const { status, body } = await put(`Names/${encodeURIComponent(name)}`, name)
      assert.deepEqual([status, body.name, body.path], [201, name, `/Names/${name}`])
      assert.equal((await get(`/items/${body.item_id}/content`)).text, name)
    }
    const listed = await alice('GET', '/items?path=/Names')
    assert.deepEqual(listed.body.items.map(({ name }: { name: string }) => name).sort(), names.toSorted())
    // As macOS writes it: the same name to people, and so to Nextcloud.
    const decomposed = await put(`Names/${encodeURIComponent('Cafe\u0301.txt')}`, 'nfd')
    assert.equal(decomposed.body.name, 'Café.txt')
    assert.equal((await get(`/content/Names/${encodeURIComponent('Café.txt')}`)).text, 'nfd')
    for (const name of [`${'x'.repeat(256)}`, 'a\u0001b', `${'x'.repeat(252)}`, '.htaccess']) {
      const refused = await put(`Names/${encodeURIComponent(name)}`, 'x')
      assert.deepEqual([refused.status, refused.body.code], [400, 'invalid_name'], name)
    }
  })

  test('no path leads out of one’s files, however it is encoded', async () => {
    await bob('PUT', '/content/secret.txt', { body: 'secret', headers: bytes })
    const { hostname, port } = new URL(app.url)
    const token = await app.token('alice')
    // fetch would resolve the dots itself.
    const raw = async (method: string, path: string) => {
      const socket = connect(Number(port), hostname)
      socket.write(
        `${method} /api/v1/drive/content/${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
      )
      return text(socket)
    }
    const ways = [
      '..',
      '%2e%2e',
      '.%2e',
      '%2E.',
      '..%2f..',
      '%2e%2e%2f',
      '..%5c',
      '%00',
      '%c0%ae%c0%ae',
      '%ff',
      '%',
      '..%252f',
    ]
    for (const way of ways) {
      for (const method of ['GET', 'PUT']) {
        const answer = await raw(method, `${way}/bob/secret.txt`)
        assert.match(answer, /^HTTP\/1\.1 4\d\d /, `${method} ${way}`)
        assert.ok(!answer.includes('secret\r\n'), way)
      }
    }
    assert.equal(await nextcloud.read('bob', 'secret.txt'), 'secret')
  })

  test('a folder has no content, and a file needs a folder to lie in', async () => {
    await alice('POST', '/folders', { body: { path: '/Only' } })
    assert.equal(JSON.parse((await get('/content/Only')).text).code, 'drive.is_folder')
    assert.equal((await put('Only', 'x')).body.code, 'drive.is_folder')
    const nowhere = await put('nowhere/x.txt', 'x')
    assert.deepEqual([nowhere.status, nowhere.body.code], [409, 'parent_not_found'])
    assert.equal((await get('/content/gone.txt')).status, 404)
  })

  test('where there is no room it is said so', async () => {
    await bob('GET', '/items')
    const person = nextcloud.people.find('bob')
    assert(person)
    person.quota = 10
    const full = await bob('PUT', '/content/large.txt', { body: 'x'.repeat(100), headers: bytes })
    assert.deepEqual([full.status, full.body.code], [507, 'quota_exceeded'])
  })
})
