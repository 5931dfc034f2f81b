import assert from 'node:assert/strict'
import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import { createDavClient, type DavClient } from '../../src/integrations/dav/dav-client.ts'
import { createDavHttp } from '../../src/integrations/dav/dav-http.ts'
import { encodePath } from '../../src/integrations/dav/dav-path.ts'
import { isCollection, textOf } from '../../src/integrations/dav/multistatus.ts'
import { xml } from '../../src/integrations/dav/xml.ts'
import type { UpstreamHttp } from '../../src/integrations/upstream/upstream-http.ts'
import { download } from '../../src/modules/drive/content/downloads.ts'
import { noUpstreams } from '../../src/platform/observability/upstreams.ts'
import { startApache } from '../harness/apache.ts'
import { skipWithoutApache } from '../harness/servers.ts'

/** A server that has nothing in common with Nextcloud: what is WebDAV and what is its own way becomes clear. */
suite('WebDAV against Apache', { skip: skipWithoutApache }, () => {
  let apache: Awaited<ReturnType<typeof startApache>>
  let http: UpstreamHttp
  let dav: DavClient
  const { signal } = new AbortController()

  before(async () => {
    apache = await startApache()
    http = createDavHttp({ url: apache.url, maxConnections: 4, upstreams: noUpstreams })
    let learnt: string | undefined
    const prefix = {
      get: () => learnt,
      learn: (value: string) => {
        learnt = value
      },
    }
    dav = createDavClient({ http, root: '', authorize: async () => 'Basic eDp4', prefix })
  })
  after(async () => {
    await http.close()
    await apache.close()
  })
  const read = async (path: string): Promise<string> => text((await dav.get(path)).body)
  /** Apache takes whole URLs only, where RFC 4918 §10.3 leaves out what is the same. */
  const kept = (to: string) => ({ overwrite: false, headers: { destination: apache.url + encodePath(to) } })
  const names = async (path: string): Promise<string[]> =>
    (await dav.propfind(path, { depth: '1', props: ['d:resourcetype'] })).map((one) => one.path).sort()

  test('files of any name go in and come out, and are listed by it', async () => {
    await dav.mkcol('/names')
    const paths = ['🎠 x.txt', 'ملف.txt', '100%2F.txt', 'a&b <c> "d".txt', '#?;+ .txt', 'dots...', 'Café.txt'].map(
      (name) => `/names/${name}`,
    )
    for (const path of paths) {
      assert.equal((await dav.put(path, path)).status, 201)
      assert.equal(await read(path), path)
    }
    assert.deepEqual(await names('/names'), ['/names/', ...paths].sort())
  })

  test('a stream goes in as it comes, with and without its length, and comes out in parts', async () => {
    await dav.put('/stream.txt', Readable.from([Buffer.from('hello '), Buffer.from('world')]))
    await dav.put('/length.txt', Readable.from([Buffer.from('12345')]), { contentLength: 5 })
    assert.deepEqual([await read('/stream.txt'), await read('/length.txt')], ['hello world', '12345'])
    const got = await download(dav, '/stream.txt', {
      method: 'GET',
      headers: { range: 'bytes=6-' },
      signal,
      name: 'a.txt',
    })
    assert.deepEqual([got.status, await text(got.content)], [206, 'world'])
    const head = await download(dav, '/stream.txt', { method: 'HEAD', headers: {}, signal, name: 'a.txt' })
    assert.equal(head.headers['content-length'], '11')
    head.content.destroy()
    const wanted = { method: 'GET' as const, headers: { range: 'bytes=600-' }, signal, name: 'a.txt' }
    await assert.rejects(download(dav, '/stream.txt', wanted), { code: 'range_not_satisfiable' })
  })

  test('conditions hold, and what they are not met by is named', async () => {
    await dav.put('/condition.txt', 'one', { ifNoneMatch: '*' })
    await assert.rejects(dav.put('/condition.txt', 'two', { ifNoneMatch: '*' }), { code: 'etag_mismatch' })
    // A file of the last second has a weak ETag, which is no match for anything (RFC 9110 §13.1.1).
    await utimes(join(apache.root, 'condition.txt'), 1_700_000_000, 1_700_000_000)
    const etag = textOf(await dav.stat('/condition.txt', ['d:getetag']), 'd:getetag')
    assert.ok(etag)
    await assert.rejects(dav.put('/condition.txt', 'two', { ifMatch: '"other"' }), { code: 'etag_mismatch' })
    await dav.put('/condition.txt', 'two', { ifMatch: etag })
    const unchanged = await dav.get('/condition.txt', { headers: { 'if-none-match': '*' } })
    assert.equal(unchanged.status, 304)
    unchanged.body.destroy()
  })

  test('files and folders are moved, copied and deleted, and nothing is replaced unless that is wanted', async () => {
    await dav.mkcol('/from')
    await dav.put('/from/a.txt', 'a')
    await dav.copy('/from', '/copied', kept('/copied'))
    assert.equal(await read('/copied/a.txt'), 'a')
    await assert.rejects(dav.move('/from', '/copied', kept('/copied')), { code: 'etag_mismatch' })
    await dav.move('/from/a.txt', '/copied/b.txt', kept('/copied/b.txt'))
    assert.deepEqual(await names('/copied'), ['/copied/', '/copied/a.txt', '/copied/b.txt'])
    await dav.delete('/copied')
    await assert.rejects(dav.stat('/copied', ['d:getetag']), { code: 'not_found' })
    await assert.rejects(dav.mkcol('/from'), { code: 'already_exists' })
    await assert.rejects(dav.mkcol('/nowhere/x'), { code: 'parent_not_found' })
    assert.ok(isCollection(await dav.stat('/from', ['d:resourcetype'])))
  })

  test('properties of one’s own are kept, under whatever prefix they come back', async () => {
    await dav.put('/props.txt', 'x')
    await dav.proppatch('/props.txt', { set: [xml('{urn:ulti:test}colour', {}, 'blue & <green>')] })
    const found = await dav.stat('/props.txt', ['{urn:ulti:test}colour'])
    assert.equal(textOf(found, '{urn:ulti:test}colour'), 'blue & <green>')
  })
})
