import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startDrive } from '../../../../test/fixtures/drive.ts'

type Shown = { item_id: string; name: string; path: string; kind: string }

suite('finding files', async () => {
  const drive = await startDrive({ hasDemoFiles: true })
  after(() => drive.close())
  const { alice, nextcloud } = drive
  const paths = (body: { items: Shown[] }) => body.items.map(({ path }) => path)

  test('by part of the name in any case, below a folder, of some kinds', async () => {
    const everywhere = await alice('GET', '/search?q=cost')
    assert.deepEqual([everywhere.status, paths(everywhere.body)], [200, ['/Playground/Costs.csv']])
    assert.deepEqual(paths((await alice('GET', '/search?q=cost&path=/Travel')).body), [])
    assert.deepEqual(paths((await alice('GET', '/search?q=Playground&types=folder')).body), ['/Playground'])
    assert.deepEqual(paths((await alice('GET', '/search?q=cost&types=image,spreadsheet')).body), [
      '/Playground/Costs.csv',
    ])
    assert.deepEqual(paths((await alice('GET', '/search?q=cost&types=text')).body), [])
  })

  test('what means more to SQL and XML than to people is a letter as any other', async () => {
    await nextcloud.write('alice', 'Odd/100% <b>&_.txt', 'x')
    assert.deepEqual(paths((await alice('GET', `/search?q=${encodeURIComponent('0% <b>&_')}`)).body), [
      '/Odd/100% <b>&_.txt',
    ])
    assert.deepEqual(paths((await alice('GET', '/search?q=%25_%25')).body), [])
  })

  test('page by page, also where many were written in one second', async () => {
    for (let n = 0; n < 7; n++) await nextcloud.write('alice', `Same/same ${n}.txt`, 'x')
    const found: string[] = []
    for (let cursor = ''; ; ) {
      const { body } = await alice('GET', `/search?q=same&types=text&limit=2${cursor}`)
      found.push(...paths(body))
      if (body.next_cursor === null) break
      cursor = `&cursor=${body.next_cursor}`
    }
    assert.equal(new Set(found).size, 7)
    assert.equal(found.length, 7)
  })

  test('the last modified ones, without folders', async () => {
    const { body } = await alice('GET', '/recent?limit=5')
    assert.equal(body.items.length, 5)
    assert.ok(body.items.every(({ kind }: Shown) => kind !== 'folder'))
    assert.ok((await alice('GET', '/recent?types=image')).body.items.every(({ kind }: Shown) => kind === 'image'))
  })

  test('favourites, and how much room there is', async () => {
    const { body } = await alice('GET', '/favorites')
    assert.ok(paths(body).includes('/Playground/Plan of the site.pdf'))
    const one = await alice('GET', '/favorites?limit=1')
    const rest = await alice('GET', `/favorites?cursor=${one.body.next_cursor}`)
    assert.ok(body.items.length > 1)
    assert.deepEqual([...paths(one.body), ...paths(rest.body)], paths(body))
    assert.deepEqual([one.body.items.length, rest.body.next_cursor], [1, null])
    const quota = await alice('GET', '/quota')
    assert.equal(quota.status, 200)
    assert.ok(quota.body.used_bytes > 0)
    const person = nextcloud.people.find('alice')
    assert(person)
    person.quota = quota.body.used_bytes + 10
    assert.equal((await alice('GET', '/quota')).body.free_bytes, 10)
  })

  test('pictures have previews, made once and known by their ETag', async () => {
    const [photo] = (await alice('GET', '/search?q=.&types=image')).body.items
    const address = `/items/${photo.item_id}/preview?size=64&fit=cover`
    const first = await alice('GET', address)
    assert.deepEqual([first.status, first.headers.get('content-type')], [200, 'image/jpeg'])
    const asked = nextcloud.requests()
    const again = await alice('GET', address)
    assert.deepEqual([again.status, again.headers.get('etag')], [200, first.headers.get('etag')])
    const known = await alice('GET', address, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } })
    assert.equal(known.status, 304)
    assert.equal(nextcloud.requests(), asked)
    const [table] = (await alice('GET', '/search?q=costs')).body.items
    assert.equal((await alice('GET', `/items/${table.item_id}/preview`)).body.code, 'drive.no_preview')
    assert.equal((await alice('GET', `/items/${photo.item_id}/preview?size=65`)).status, 400)
  })
})
