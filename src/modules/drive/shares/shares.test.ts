import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startDrive } from '../../../../test/fixtures/drive.ts'
import { createShares } from './shares.ts'

type Shown = { share_id: string; kind: string; permissions: string[]; item: { path: string } }

suite('sharing files', async () => {
  const drive = await startDrive({ hasDemoFiles: true })
  after(() => drive.close())
  const { alice, bob, nobody, nextcloud, app } = drive
  // Somebody is known there once they came.
  await bob('GET', '/items')
  const itemAt = async (path: string): Promise<string> => {
    const folder = path.slice(0, path.lastIndexOf('/')) || '/'
    const { body } = await alice('GET', `/items?path=${encodeURIComponent(folder)}`)
    return body.items.find((item: { path: string }) => item.path === path).item_id
  }
  const share = async (path: string, body: object, headers = {}) =>
    alice('POST', '/shares', { body: { item_id: await itemAt(path), ...body }, headers })
  const link = (token: string) => `/public/${token}`
  async function visit(path: string, headers: Record<string, string> = {}, method = 'GET', body?: string) {
    const answer = await fetch(`${app.url}/api/v1/drive${path}`, {
      method,
      headers,
      redirect: 'manual',
      ...(body && { body }),
    })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }

  test('with a person, who sees it at once, until it is shared no more', async () => {
    await bob('GET', '/items?path=/')
    const { status, body } = await share('/Travel', {
      kind: 'user',
      recipient: 'bob',
      permissions: ['read'],
      note: 'Look',
    })
    assert.deepEqual([status, body.recipient.id, body.permissions, body.url], [201, 'bob', ['read'], null])
    const received = await bob('GET', '/shares?direction=incoming')
    assert.ok(received.body.items.some(({ share_id: id }: Shown) => id === body.share_id))
    const seen = (await bob('GET', '/items?path=/')).body.items.find(({ name }: { name: string }) => name === 'Travel')
    assert.deepEqual([seen.is_received, seen.permissions.includes('create_files')], [true, false])
    const folders = await alice('GET', '/items?path=/')
    assert.equal(folders.body.items.find(({ name }: { name: string }) => name === 'Travel').is_shared, true)
    const changed = await alice('PATCH', `/shares/${body.share_id}`, {
      body: { permissions: ['read', 'update', 'create'] },
    })
    assert.deepEqual(changed.body.permissions, ['read', 'update', 'create'])
    assert.equal((await alice('DELETE', `/shares/${body.share_id}`)).status, 204)
    const gone = await bob('GET', '/items?path=/')
    assert.ok(!gone.body.items.some(({ name }: { name: string }) => name === 'Travel'))
  })

  test('with a group; who is known can be looked up; what does not fit is refused', async () => {
    const found = await alice('GET', '/sharees?q=bob')
    assert.deepEqual(found.body.items[0], { kind: 'user', id: 'bob', name: found.body.items[0].name })
    const again = await share('/Playground', { kind: 'user', recipient: 'bob' })
    assert.deepEqual([again.status, again.body.code], [422, 'drive.share_refused'])
    assert.equal(
      (await share('/Playground', { kind: 'user', recipient: 'nobody-here' })).body.code,
      'drive.share_refused',
    )
    assert.equal(
      (await share('/Playground', { kind: 'link', expires_on: '2001-01-01' })).body.code,
      'drive.share_refused',
    )
  })

  test('shares of others are not there', async () => {
    const { body } = await share('/Playground/Costs.csv', { kind: 'link' })
    for (const answer of [
      await bob('GET', `/shares/${body.share_id}`),
      await bob('PATCH', `/shares/${body.share_id}`, { body: { label: 'mine' } }),
      await bob('DELETE', `/shares/${body.share_id}`),
      await bob('GET', `/shares?item_id=${await itemAt('/Travel')}`),
    ]) {
      assert.deepEqual([answer.status, answer.body.code], [404, 'not_found'])
    }
    const listed = await alice('GET', `/shares?item_id=${await itemAt('/Playground/Costs.csv')}`)
    assert.deepEqual(
      listed.body.items.map(({ share_id: id }: Shown) => id),
      [body.share_id],
    )
    const first = await alice('GET', '/shares?limit=1')
    const second = await alice('GET', `/shares?limit=1&cursor=${first.body.next_cursor}`)
    assert.notEqual(first.body.items[0].share_id, second.body.items[0].share_id)
  })

  test('a repeated request makes one link; no answer holds a password or its hash', async () => {
    const wanted = { kind: 'link', password: 'a long secret', label: 'Once' }
    const key = { 'idempotency-key': 'link-1' }
    const [first, again] = [await share('/Travel', wanted, key), await share('/Travel', wanted, key)]
    assert.deepEqual(again.body, first.body)
    assert.equal(first.body.has_password, true)
    assert.doesNotMatch(JSON.stringify([first.body, (await alice('GET', '/shares')).body]), /argon2|a long secret/)
    assert.equal(
      (await alice('PATCH', `/shares/${first.body.share_id}`, { body: { password: null } })).body.has_password,
      false,
    )
  })

  test('a link to a folder is read by anybody, in JSON and as a page', async () => {
    const { body } = await share('/Playground', { kind: 'link' })
    assert.match(body.url, new RegExp(`/api/v1/drive/public/${body.token}$`))
    const at = link(body.token)
    const view = await nobody('GET', at)
    assert.deepEqual([view.status, view.body.name, view.body.type], [200, 'Playground', 'folder'])
    const listed = await nobody('GET', `${at}/items`)
    assert.ok(listed.body.items.some(({ path }: { path: string }) => path === '/Costs.csv'))
    const file = await visit(`${at}/content/Costs.csv`, { range: 'bytes=0-3' })
    assert.deepEqual([file.status, file.text], [206, 'Item'])
    assert.equal(file.headers.get('content-disposition'), 'attachment; filename="Costs.csv"')
    const zip = await visit(`${at}/archive`)
    assert.deepEqual([zip.status, zip.headers.get('content-type')], [200, 'application/zip'])
    const page = await visit(at, { accept: 'text/html' })
    assert.match(page.text, /Costs\.csv/)
    assert.match(page.headers.get('content-security-policy') ?? '', /script-src 'sha256-/)
    const refused = await visit(`${at}/content/new.txt`, {}, 'PUT', 'x')
    assert.deepEqual([refused.status, JSON.parse(refused.text).code], [403, 'nextcloud.forbidden'])
    await alice('DELETE', `/shares/${body.share_id}`)
    assert.equal((await nobody('GET', at)).status, 404)
    assert.equal((await visit(at, { accept: 'text/html' })).status, 404)
  })

  test('a folder behind a link is shown page by page', async () => {
    const { body } = await share('/Playground', { kind: 'link' })
    const items = `${link(body.token)}/items`
    const whole = await nobody('GET', items)
    assert.equal(whole.body.next_cursor, null)
    const paged: string[] = []
    for (let cursor = ''; ; ) {
      const page = await nobody('GET', `${items}?limit=2${cursor}`)
      assert.ok(page.body.items.length <= 2)
      paged.push(...page.body.items.map(({ name }: { name: string }) => name))
      if (page.body.next_cursor === null) break
      cursor = `&cursor=${page.body.next_cursor}`
    }
    assert.ok(paged.length > 2)
    assert.deepEqual(
      paged,
      whole.body.items.map(({ name }: { name: string }) => name),
    )
    const odd = await nobody('GET', `${items}?cursor=odd`)
    assert.deepEqual([odd.status, odd.body.code], [400, 'invalid_request_body'])
  })

  test('the page of a large folder leads on to the rest', async () => {
    for (let n = 1; n <= 501; n++) await nextcloud.write('alice', `Large/${n}.txt`, 'x')
    await drive.letPass('alice')
    const { body } = await share('/Large', { kind: 'link' })
    const first = (await visit(link(body.token), { accept: 'text/html' })).text
    const [, more = ''] = /href="[^"]*\/drive(\/public\/[^"]+cursor=[^"]+)">More</.exec(first) ?? []
    const second = (await visit(more.replaceAll('&amp;', '&'), { accept: 'text/html' })).text
    assert.ok(first.includes('>500.txt<') && !first.includes('>501.txt<'))
    assert.ok(second.includes('>501.txt<') && !second.includes('>More<'))
  })

  test('a link to one file is that file', async () => {
    const { body } = await share('/Playground/Costs.csv', { kind: 'link' })
    assert.equal((await nobody('GET', link(body.token))).body.type, 'file')
    const { status, headers } = await visit(`${link(body.token)}/content`)
    assert.deepEqual([status, headers.get('content-disposition')], [200, 'attachment; filename="Costs.csv"'])
  })

  test('a password is asked for, and opens its own link alone', async () => {
    const secret = (await share('/Playground', { kind: 'link', password: 'open sesame 1' })).body.token
    const other = (await share('/Travel', { kind: 'link', password: 'another one 2' })).body.token
    assert.equal((await nobody('GET', link(secret))).body.code, 'drive.link_password_required')
    const wrong = await nobody('POST', `${link(secret)}/access`, { body: { password: 'guess' } })
    assert.deepEqual([wrong.status, wrong.body.code], [403, 'drive.link_password_wrong'])
    const right = await nobody('POST', `${link(secret)}/access`, { body: { password: 'open sesame 1' } })
    assert.equal(right.status, 200)
    assert.ok(!right.body.access.includes('sesame'))
    const headers = { 'x-link-access': right.body.access }
    assert.equal((await nobody('GET', `${link(secret)}/items`, { headers })).status, 200)
    assert.equal((await nobody('GET', `${link(other)}/items`, { headers })).body.code, 'drive.link_password_required')
    const put = await visit(`${link(secret)}/content/x.txt`, {}, 'PUT', 'x')
    assert.equal(JSON.parse(put.text).code, 'drive.link_password_required')
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const sent = await visit(`${link(secret)}/access`, form, 'POST', 'password=open+sesame+1')
    assert.equal(sent.status, 303)
    const cookie = (sent.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    assert.match((await visit(link(secret), { accept: 'text/html', cookie })).text, /Costs\.csv/)
    assert.match((await visit(link(secret), { accept: 'text/html' })).text, /password/)
  })

  test('a link that only takes files shows none and replaces none', async () => {
    const { body } = await share('/Travel', { kind: 'link', permissions: ['create'] })
    const at = link(body.token)
    assert.deepEqual((await nobody('GET', at)).body.permissions, ['create_files'])
    assert.equal((await nobody('GET', `${at}/items`)).body.code, 'drive.link_upload_only')
    assert.equal((await visit(`${at}/content/Offer.pdf`, {}, 'PUT', 'one')).status, 204)
    assert.equal((await visit(`${at}/content/Offer.pdf`, {}, 'PUT', 'two')).status, 204)
    assert.notEqual((await visit(`${at}/content/Offer.pdf`)).status, 200)
    assert.match((await visit(at, { accept: 'text/html' })).text, /type="file"/)
    await drive.letPass('alice')
    const names = (await alice('GET', '/items?path=/Travel')).body.items.map(({ name }: { name: string }) => name)
    assert.ok(names.includes('Offer.pdf') && names.includes('Offer (2).pdf'))
  })

  test('no path leads out of what is shared', async () => {
    const { body } = await share('/Travel', { kind: 'link' })
    for (const way of ['..%2fPlayground%2fCosts.csv', '%2e%2e%2fPlayground', '%00', '%5c..']) {
      const { status } = await visit(`${link(body.token)}/content/${way}`)
      assert.equal(status, 400, way)
    }
    assert.equal((await nobody('GET', `${link(body.token)}/items?path=/../Playground`)).status, 400)
    assert.equal((await nobody('GET', '/public/..%2f..%2fremote')).status, 400)
  })

  test('who may not share outside makes no link and changes none', async () => {
    const refused = createShares({
      ...({} as Parameters<typeof createShares>[0]),
      policy: { mayShareOutside: async () => false },
    })
    for (const kind of ['link', 'email'] as const) {
      await assert.rejects(refused.create('anybody', { itemId: '1', kind }), {
        code: 'drive.outside_sharing_forbidden',
      })
    }
  })
})
