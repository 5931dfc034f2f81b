import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startDrive } from '../../../../test/fixtures/drive.ts'
import { freeName } from './conflict.ts'

type Shown = { item_id: string; name: string; path: string; etag: string; is_favorite: boolean }

suite('changing files', async () => {
  const drive = await startDrive()
  after(() => drive.close())
  const { alice, bob, nextcloud } = drive
  const list = async (path: string): Promise<Shown[]> =>
    (await alice('GET', `/items?path=${encodeURIComponent(path)}`)).body.items
  const names = async (path: string) => (await list(path)).map(({ name }) => name)
  const at = async (path: string): Promise<Shown> => {
    const found = (await list(path.slice(0, path.lastIndexOf('/')) || '/')).find((item) => item.path === path)
    assert(found, path)
    return found
  }
  const folder = (path: string, conflict = 'fail', headers = {}) =>
    alice('POST', '/folders', { body: { path, conflict }, headers })
  const move = (item: Shown, body: object, headers = {}) =>
    alice('POST', `/items/${item.item_id}/move`, { body, headers })

  test('a new folder shows at once, a name that is taken is refused or another is found', async () => {
    await names('/')
    assert.equal((await folder('/Work')).status, 201)
    assert.deepEqual(await names('/'), ['Work'])
    const taken = await folder('/Work')
    assert.deepEqual([taken.status, taken.body.code], [409, 'already_exists'])
    assert.equal((await folder('/Work', 'rename')).body.name, 'Work (2)')
    assert.equal((await folder('/Work', 'rename')).body.name, 'Work (3)')
    const nowhere = await folder('/nowhere/Work')
    assert.deepEqual([nowhere.status, nowhere.body.code], [409, 'parent_not_found'])
  })

  test('the same Idempotency-Key makes one folder, another body under it is refused', async () => {
    const key = { 'idempotency-key': 'one' }
    const first = await folder('/Once', 'rename', key)
    const again = await folder('/Once', 'rename', key)
    assert.deepEqual(again.body, first.body)
    assert.equal((await folder('/Twice', 'rename', key)).body.code, 'idempotency_key_reused')
  })

  test('a copy beside what is copied gets another name, where it may', async () => {
    await nextcloud.write('alice', 'Twins/one.txt', 'one')
    await drive.letPass('alice')
    const { body } = await alice('GET', '/items?path=/Twins')
    const copyOf = (id: string, conflict: string, folder: string) =>
      alice('POST', `/items/${id}/copy`, { body: { folder, conflict } })
    for (const conflict of ['fail', 'replace']) {
      const refused = await copyOf(body.items[0].item_id, conflict, '/Twins')
      assert.deepEqual([refused.status, refused.body.code], [409, 'already_exists'], conflict)
    }
    const copied = await copyOf(body.items[0].item_id, 'rename', '/Twins')
    assert.deepEqual([copied.status, copied.body.path], [201, '/Twins/one (2).txt'])
    assert.equal(await nextcloud.read('alice', 'Twins/one (2).txt'), 'one')
    const folder = await copyOf(body.folder.item_id, 'rename', '/')
    assert.equal(folder.body.path, '/Twins (2)')
    assert.equal(await nextcloud.read('alice', 'Twins (2)/one.txt'), 'one')
    assert.equal(await nextcloud.read('alice', 'Twins/one.txt'), 'one')
  })

  test('a file is moved, renamed and copied, keeps its id and shows where it is at once', async () => {
    await nextcloud.write('alice', 'Work/a.txt', 'a')
    await drive.letPass('alice')
    const a = await at('/Work/a.txt')
    await names('/Once')
    const moved = await move(a, { folder: '/Once' })
    assert.deepEqual([moved.status, moved.body.path, moved.body.item_id], [200, '/Once/a.txt', a.item_id])
    assert.deepEqual([await names('/Work'), await names('/Once')], [[], ['a.txt']])
    const renamed = await alice('PATCH', `/items/${a.item_id}`, { body: { name: 'b.txt' } })
    assert.equal(renamed.body.path, '/Once/b.txt')
    const copied = await alice('POST', `/items/${a.item_id}/copy`, { body: { folder: '/Once', name: 'c.txt' } })
    assert.equal(copied.status, 201)
    assert.notEqual(copied.body.item_id, a.item_id)
    assert.deepEqual(await names('/Once'), ['b.txt', 'c.txt'])
    const slash = await alice('PATCH', `/items/${a.item_id}`, { body: { name: '../b.txt' } })
    assert.deepEqual([slash.status, slash.body.code], [400, 'invalid_name'])
  })

  test('where a name is taken the policy decides', async () => {
    const [b, c] = [await at('/Once/b.txt'), await at('/Once/c.txt')]
    const taken = await move(b, { folder: '/Once', name: 'c.txt' })
    assert.deepEqual([taken.status, taken.body.code], [409, 'already_exists'])
    assert.equal((await move(b, { folder: '/Once', name: 'c.txt', conflict: 'rename' })).body.name, 'c (2).txt')
    const replaced = await move(await at('/Once/c (2).txt'), { folder: '/Once', name: 'c.txt', conflict: 'replace' })
    assert.equal(replaced.status, 200)
    assert.deepEqual(
      (await list('/Once')).map(({ item_id }) => item_id),
      [b.item_id],
    )
    assert.equal((await alice('GET', `/items/${c.item_id}`)).status, 404)
  })

  test('a stale If-Match changes nothing', async () => {
    const b = await at('/Once/c.txt')
    const stale = { 'if-match': '"0123"' }
    for (const answer of [
      await move(b, { folder: '/Work' }, stale),
      await alice('DELETE', `/items/${b.item_id}`, { headers: stale }),
      await alice('PATCH', `/items/${b.item_id}`, { body: { name: 'x' }, headers: stale }),
    ]) {
      assert.deepEqual([answer.status, answer.body.code], [412, 'etag_mismatch'])
    }
    assert.deepEqual(await names('/Once'), ['c.txt'])
  })

  test('a folder goes with all that is in it, but not into itself or over what holds it', async () => {
    await nextcloud.write('alice', 'Deep/er/still/x.txt', 'x')
    await drive.letPass('alice')
    const [deep, er] = [await at('/Deep'), await at('/Deep/er')]
    await names('/Deep/er/still')
    for (const [item, body] of [
      [deep, { folder: '/Deep/er' }],
      [er, { folder: '/', name: 'Deep', conflict: 'replace' }],
    ] as const) {
      const refused = await move(item, body)
      assert.deepEqual([refused.status, refused.body.code], [409, 'drive.move_into_itself'])
    }
    assert.equal((await move(er, { folder: '/Work' })).status, 200)
    assert.deepEqual(await names('/Work/er/still'), ['x.txt'])
    assert.equal((await alice('GET', '/items?path=/Deep/er/still')).status, 404)
  })

  test('favourites are marked, found and taken back', async () => {
    const { item_id } = await at('/Once/c.txt')
    const marked = await alice('PATCH', `/items/${item_id}`, { body: { is_favorite: true } })
    assert.equal(marked.body.is_favorite, true)
    assert.equal((await at('/Once/c.txt')).is_favorite, true)
  })

  test('many are changed at once, and what fails for one is told beside it', async () => {
    for (const n of [1, 2, 3]) await nextcloud.write('alice', `Many/${n}.txt`, String(n))
    await nextcloud.write('alice', 'Work/2.txt', 'other')
    await drive.letPass('alice')
    const ids = (await list('/Many')).map(({ item_id }) => item_id)
    const { status, body } = await alice('POST', '/batch', {
      body: { action: 'move', item_ids: [...ids, '999999'], folder: '/Work' },
    })
    assert.equal(status, 200)
    assert.deepEqual(
      body.outcomes.map(({ failure }: { failure: { code: string } | null }) => failure?.code ?? null),
      [null, 'already_exists', null, 'not_found'],
    )
    assert.deepEqual(await names('/Many'), ['2.txt'])
    const copying = {
      body: { action: 'copy', item_ids: [ids[1]], folder: '/Once' },
      headers: { 'idempotency-key': 'b' },
    }
    const [first, again] = [await alice('POST', '/batch', copying), await alice('POST', '/batch', copying)]
    assert.deepEqual([first.status, again.body], [200, first.body])
    await alice('POST', '/batch', { body: { action: 'delete', item_ids: ids } })
    assert.deepEqual(await names('/Many'), [])
  })

  test('somebody else’s file is not there for who tries', async () => {
    const { item_id } = await at('/Once/c.txt')
    for (const answer of [
      await bob('POST', `/items/${item_id}/move`, { body: { folder: '/' } }),
      await bob('POST', `/items/${item_id}/copy`, { body: { folder: '/' } }),
      await bob('PATCH', `/items/${item_id}`, { body: { is_favorite: true } }),
      await bob('DELETE', `/items/${item_id}`),
      await bob('GET', `/items/${item_id}/content`),
    ]) {
      assert.deepEqual([answer.status, answer.body.code], [404, 'not_found'])
    }
  })

  test('what was changed is told as an event', async () => {
    const { body } = await drive.app.request('GET', '/api/v1/events?after=0&limit=200', { as: 'alice' })
    const types = new Set(body.items.map(({ type }: { type: string }) => type))
    for (const type of ['item_created', 'item_updated', 'item_moved', 'item_deleted', 'files_changed']) {
      assert.ok(types.has(`drive.${type}`), type)
    }
  })
})

test('a free name keeps its ending and fits into what names may have', () => {
  assert.equal(freeName('Plan.pdf', new Set(['Plan.pdf', 'plan (2).pdf'])), 'Plan (3).pdf')
  assert.equal(freeName('.profile', new Set()), '.profile (2)')
  assert.equal(freeName('a.tar.gz', new Set()), 'a (2).tar.gz')
  const long = freeName(`${'🎠'.repeat(62)}.jpeg`, new Set())
  assert.ok(Buffer.byteLength(long) <= 250 && long.endsWith(' (2).jpeg') && long.isWellFormed())
})
