import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startDrive } from '../../../../test/fixtures/drive.ts'

type Shown = { item_id: string; name: string; path: string }
type Trashed = { trash_id: string; name: string; path: string; type: string; deleted_at: string }

suite('what was deleted or overwritten', async () => {
  const drive = await startDrive()
  after(() => drive.close())
  const { alice, bob, nextcloud } = drive
  const names = async (path: string) =>
    (await alice('GET', `/items?path=${path}`)).body.items.map(({ name }: Shown) => name)
  const trash = async (): Promise<Trashed[]> => (await alice('GET', '/trash')).body.items
  const put = async (path: string, body: string): Promise<Shown> =>
    (await alice('PUT', `/content/${path}`, { body, headers: { 'content-type': 'text/plain' } })).body

  test('comes back to where it was, and shows there at once', async () => {
    await nextcloud.write('alice', 'Notes/old 🗒.txt', 'old')
    const [item] = (await alice('GET', '/items?path=/Notes')).body.items
    assert.equal((await alice('DELETE', `/items/${item.item_id}`)).status, 204)
    assert.deepEqual(await names('/Notes'), [])
    const [trashed] = await trash()
    assert.deepEqual([trashed?.name, trashed?.path, trashed?.type], ['old 🗒.txt', '/Notes/old 🗒.txt', 'file'])
    const restored = await alice('POST', `/trash/${trashed?.trash_id}/restore`)
    assert.deepEqual(
      [restored.status, restored.body.path, restored.body.item_id],
      [200, '/Notes/old 🗒.txt', item.item_id],
    )
    assert.deepEqual(await names('/Notes'), ['old 🗒.txt'])
    assert.deepEqual(await trash(), [])
  })

  test('is listed page by page, deleted for good one by one or all at once', async () => {
    for (const n of [1, 2, 3, 4]) {
      const { item_id } = await put(`${n}.txt`, String(n))
      await alice('DELETE', `/items/${item_id}`)
    }
    const first = await alice('GET', '/trash?limit=3')
    const rest = await alice('GET', `/trash?limit=3&cursor=${first.body.next_cursor}`)
    assert.deepEqual([first.body.items.length, rest.body.items.length, rest.body.next_cursor], [3, 1, null])
    const [one] = await trash()
    for (const answer of [
      await bob('POST', `/trash/${one?.trash_id}/restore`),
      await bob('DELETE', `/trash/${one?.trash_id}`),
    ]) {
      assert.deepEqual([answer.status, answer.body.code], [404, 'not_found'])
    }
    assert.equal((await alice('DELETE', `/trash/${one?.trash_id}`)).status, 204)
    assert.equal((await trash()).length, 3)
    const outward = Buffer.from('../files/1.txt').toString('base64url')
    assert.equal((await alice('DELETE', `/trash/${outward}`)).body.code, 'invalid_path')
    assert.equal((await alice('DELETE', '/trash')).status, 204)
    assert.deepEqual(await trash(), [])
  })

  test('a file keeps its versions, which can be read and restored', async () => {
    const { item_id: id } = await put('report.txt', 'first')
    const node = nextcloud.files.shares.locate('alice', ['report.txt'])?.node
    assert(node)
    // Versions are told apart by their second.
    node.modified -= 100
    await put('report.txt', 'second')
    const { status, body } = await alice('GET', `/items/${id}/versions`)
    assert.deepEqual([status, body.items.map((one: { is_current: boolean }) => one.is_current)], [200, [true, false]])
    const { version } = body.items[1]
    const authorization = `Bearer ${await drive.app.token('alice')}`
    const old = await fetch(`${drive.app.url}/api/v1/drive/items/${id}/versions/${version}/content`, {
      headers: { authorization },
    })
    assert.equal(await old.text(), 'first')
    assert.equal((await bob('GET', `/items/${id}/versions`)).status, 404)
    assert.equal((await bob('POST', `/items/${id}/versions/${version}/restore`)).status, 404)
    assert.equal((await alice('POST', `/items/${id}/versions/12345/restore`)).status, 404)
    assert.equal((await alice('POST', `/items/${id}/versions/${version}/restore`)).status, 200)
    assert.equal(await nextcloud.read('alice', 'report.txt'), 'first')
  })
})
