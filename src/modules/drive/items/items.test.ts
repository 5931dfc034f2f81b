import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { sql } from 'kysely'
import { startDrive } from '../../../../test/fixtures/drive.ts'

type Shown = { item_id: string; name: string; path: string; type: string; etag: string; kind: string }

suite('listing files', async () => {
  const drive = await startDrive({ hasDemoFiles: true })
  after(() => drive.close())
  const { alice, bob, nextcloud } = drive
  const names = (body: { items: Shown[] }) => body.items.map(({ name }) => name)
  const list = (query: string, as = alice) => as('GET', `/items?${query}`)

  test('a folder is listed with its folders first, names in the order of people, page by page', async () => {
    for (const name of ['b 10.txt', 'B 9.txt', 'á.txt', 'a2.txt']) await nextcloud.write('alice', `Order/${name}`, 'x')
    await nextcloud.folder('alice', 'Order/zz')
    const { status, body } = await list('path=/Order')
    assert.equal(status, 200)
    assert.deepEqual(names(body), ['zz', 'á.txt', 'a2.txt', 'B 9.txt', 'b 10.txt'])
    assert.equal(body.folder.path, '/Order')
    const paged: string[] = []
    for (let cursor = ''; ; ) {
      const page = await list(`path=/Order&limit=2${cursor}`)
      paged.push(...names(page.body))
      if (page.body.next_cursor === null) break
      cursor = `&cursor=${page.body.next_cursor}`
    }
    assert.deepEqual(paged, names(body))
    assert.deepEqual(names((await list('path=/Order&order=desc')).body), [
      'zz',
      'b 10.txt',
      'B 9.txt',
      'a2.txt',
      'á.txt',
    ])
  })

  test('by size, time and kind, and of some kinds only', async () => {
    for (const [name, content] of [
      ['1.txt', 'aaa'],
      ['2.png', 'a'],
      ['3.pdf', 'aa'],
    ] as const) {
      await nextcloud.write('alice', `Sorted/${name}`, content)
    }
    assert.deepEqual(names((await list('path=/Sorted&sort=size')).body), ['2.png', '3.pdf', '1.txt'])
    assert.deepEqual(names((await list('path=/Sorted&sort=kind&order=desc')).body), ['1.txt', '3.pdf', '2.png'])
    assert.deepEqual(names((await list('path=/Sorted&types=pdf,image')).body), ['2.png', '3.pdf'])
    for (const sort of ['size', 'modified_at', 'kind', 'name']) {
      const whole = names((await list(`path=/Sorted&sort=${sort}`)).body)
      const first = (await list(`path=/Sorted&sort=${sort}&limit=1`)).body
      const rest = (await list(`path=/Sorted&sort=${sort}&cursor=${first.next_cursor}`)).body
      assert.deepEqual([...names(first), ...names(rest)], whole)
    }
    const mixed = await list(`path=/Sorted&sort=size&cursor=${(await list('path=/Sorted&limit=1')).body.next_cursor}`)
    assert.deepEqual([mixed.status, mixed.body.code], [400, 'invalid_request_body'])
  })

  test('an unchanged folder is answered without a word to Nextcloud', async () => {
    await list('path=/Playground')
    const before = nextcloud.requests()
    const again = await list('path=/Playground')
    const known = await alice('GET', '/items?path=/Playground', {
      headers: { 'if-none-match': again.headers.get('etag') ?? '' },
    })
    assert.equal(known.status, 304)
    assert.ok(names(again.body).includes('Costs.csv'))
    assert.equal(nextcloud.requests(), before)
  })

  test('a listing that a node of the version before has kept is read again', async () => {
    const before = await list('path=/Playground')
    await sql`update drive_entry set said = ''`.execute(drive.app.app.platform.database)
    await sql`update drive_folder set version = gen_random_uuid()`.execute(drive.app.app.platform.database)
    const again = await list('path=/Playground')
    assert.deepEqual(again.body, before.body)
  })

  test('what was changed elsewhere is seen once Nextcloud is asked again, and a file is found where it was moved', async () => {
    const { body } = await list('path=/Order')
    const moved = body.items.find(({ name }: Shown) => name === 'a2.txt') as Shown
    await nextcloud.write('alice', 'Order/new.txt', 'new')
    await nextcloud.move('alice', 'Order/a2.txt', 'Sorted/elsewhere.txt')
    await drive.letPass('alice')
    assert.ok(names((await list('path=/Order')).body).includes('new.txt'))
    const found = await alice('GET', `/items/${moved.item_id}`)
    assert.deepEqual([found.status, found.body.path], [200, '/Sorted/elsewhere.txt'])
    assert.equal(found.headers.get('etag'), found.body.etag)
  })

  test('what others share is listed among one’s own, and their other files are nobody’s', async () => {
    const shared = (await list('path=/', bob)).body.items.find(({ name }: Shown) => name === 'Playground')
    assert.equal(shared?.is_received, true)
    const plan = (await list('path=/Playground', bob)).body.items[0]
    assert.equal((await bob('GET', `/items/${plan.item_id}`)).status, 200)
    const [secret] = (await list('path=/Sorted')).body.items
    const refused = await bob('GET', `/items/${secret.item_id}`)
    assert.deepEqual([refused.status, refused.body.code], [404, 'not_found'])
    assert.equal((await list('path=/Sorted', bob)).status, 404)
  })

  test('a file is no folder, what is gone is not there, and what is no path is refused', async () => {
    assert.equal((await list('path=/Sorted/1.txt')).status, 404)
    assert.equal((await list('path=/nowhere')).status, 404)
    for (const path of ['../bob', '/../bob', '/a/%2e%2e/b'.replaceAll('%2e', '.'), '/a//../b', '/a\\b', 'a']) {
      const { status, body } = await list(`path=${encodeURIComponent(path)}`)
      assert.deepEqual([status, body.code], [400, 'invalid_path'], path)
    }
    const long = await list(`path=/${'é'.repeat(128)}`)
    assert.deepEqual([long.status, long.body.code], [400, 'invalid_name'])
  })
})
