import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { after, suite, test } from 'node:test'
import { startDrive } from '../../../test/fixtures/drive.ts'

suite('files for other modules', async () => {
  const drive = await startDrive({ environment: { MAIL_ATTACHMENT_MAX_BYTES: '1024' } })
  after(() => drive.close())
  const { alice, app, nextcloud } = drive
  await alice('GET', '/items')
  const copy = (path: string) =>
    app.request('POST', '/api/v1/mail/uploads/copies', { as: 'alice', body: { drive_path: path } })

  test('a file is attached to a message, one that is too large as a link that anybody can follow', async () => {
    await nextcloud.write('alice', 'Plans/May.pdf', 'small')
    await nextcloud.write('alice', 'Plans/June.pdf', 'x'.repeat(2000))
    const small = await copy('/Plans/May.pdf')
    assert.deepEqual(
      [small.status, small.body.upload.filename, small.body.upload.content_type],
      [201, 'May.pdf', 'application/pdf'],
    )
    const large = await copy('/Plans/June.pdf')
    assert.deepEqual([large.body.upload, large.body.link.name, large.body.link.size_bytes], [null, 'June.pdf', 2000])
    const { pathname } = new URL(large.body.link.url)
    const followed = await fetch(`${app.url}${pathname}/content`)
    assert.equal((await followed.text()).length, 2000)
    assert.equal((await copy('/Plans/July.pdf')).status, 404)
    assert.equal((await copy('/../bob/x')).body.code, 'invalid_path')
  })

  test('a stream becomes a file, under another name where its own is taken', async () => {
    const { files } = drive
    const ownerId = await drive.ownerIdOf('alice')
    const save = (path: string, options = {}) => files.save(ownerId, path, Readable.from([Buffer.from('new')]), options)
    assert.equal((await save('/Plans/May.pdf')).path, '/Plans/May (2).pdf')
    await assert.rejects(save('/Plans/May.pdf', { conflict: 'fail' }), { code: 'already_exists' })
    await assert.rejects(save('/nowhere/May.pdf'), { code: 'parent_not_found' })
    await save('/Plans/May.pdf', { conflict: 'replace', modifiedAt: new Date('2026-05-23T09:00:00Z') })
    assert.equal(await nextcloud.read('alice', 'Plans/May.pdf'), 'new')
  })
})
