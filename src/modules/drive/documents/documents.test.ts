import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startDrive } from '../../../../test/fixtures/drive.ts'
import { unzip } from '../../../../test/harness/zip.ts'
import { parseXml } from '../../../integrations/dav/xml.ts'
import { blankDocument, documentTypes } from './blank-documents.ts'

suite('documents and archives', async () => {
  const drive = await startDrive()
  after(() => drive.close())
  const { alice, bob, app, nextcloud } = drive
  async function archive(query: string, as = 'alice') {
    const headers = { authorization: `Bearer ${await app.token(as)}` }
    const answer = await fetch(`${app.url}/api/v1/drive/archive?${query}`, { headers })
    return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) }
  }

  test('a blank document of each type is made where it is wanted, never over another', async () => {
    for (const type of documentTypes) {
      const { status, body } = await alice('POST', '/documents', { body: { type, path: `/Letter.${type}` } })
      assert.deepEqual([status, body.name], [201, `Letter.${type}`])
    }
    const taken = await alice('POST', '/documents', { body: { type: 'odt', path: '/Letter' } })
    assert.deepEqual([taken.status, taken.body.code], [409, 'already_exists'])
    const renamed = await alice('POST', '/documents', { body: { type: 'odt', path: '/Letter', conflict: 'rename' } })
    assert.equal(renamed.body.name, 'Letter (2).odt')
    assert.equal((await alice('POST', '/documents', { body: { type: 'exe', path: '/x' } })).status, 400)
  })

  test('is a package of well-formed parts, that of ODF with its type first', async () => {
    for (const type of documentTypes.slice(0, 6)) {
      const parts = await unzip(await blankDocument(type))
      for (const [name, content] of Object.entries(parts)) if (name !== 'mimetype') parseXml(content)
      assert.equal(Object.keys(parts)[0], type.startsWith('od') ? 'mimetype' : '[Content_Types].xml')
    }
  })

  test('a folder and a selection come as a zip, with names as they are', async () => {
    await nextcloud.write('alice', 'Été/ä 🎠.txt', 'one')
    await nextcloud.write('alice', 'Été/deep/two.txt', 'two')
    await nextcloud.write('alice', 'Été/left out.txt', 'three')
    const whole = await archive(`path=${encodeURIComponent('/Été')}`)
    assert.deepEqual([whole.status, whole.headers.get('content-type')], [200, 'application/zip'])
    assert.equal(
      whole.headers.get('content-disposition'),
      `attachment; filename="_t_.zip"; filename*=UTF-8''%C3%89t%C3%A9.zip`,
    )
    const { 'Été/': top, 'Été/deep/': deeper, ...files } = await unzip(whole.bytes)
    assert.deepEqual([top, deeper], ['', ''])
    assert.deepEqual(files, { 'Été/deep/two.txt': 'two', 'Été/left out.txt': 'three', 'Été/ä 🎠.txt': 'one' })
    const [deep, first] = (await alice('GET', `/items?path=${encodeURIComponent('/Été')}`)).body.items
    const [letter] = (await alice('GET', '/items?path=/&types=document')).body.items
    const some = await archive(`item_ids=${deep.item_id},${first.item_id},${letter.item_id}`)
    const names = Object.keys(await unzip(some.bytes))
    assert.ok(names.includes('Été/deep/two.txt') && names.includes(`Été/${first.name}`) && names.includes(letter.name))
    assert.equal((await archive(`item_ids=${deep.item_id}`, 'bob')).status, 404)
    assert.equal((await archive('path=/Letter.odt')).status, 404)
    assert.equal((await archive('')).status, 400)
    assert.equal((await bob('GET', '/archive?path=/nowhere')).status, 404)
  })
})
