import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, suite, test } from 'node:test'
import { startDrive } from '../../../../test/fixtures/drive.ts'
import { startTestApp } from '../../../../test/harness/app.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { freePort } from '../../../../test/harness/free-port.ts'

const tus = { 'tus-resumable': '1.0.0' }
const patching = { ...tus, 'content-type': 'application/offset+octet-stream' }
const metadataOf = (values: Record<string, string>) =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',')
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

suite('resumable uploads', async () => {
  const drive = await startDrive()
  const { alice, bob, nextcloud, app } = drive
  const other = await startTestApp({
    ...{ ...nextcloud.settings, NEXTCLOUD_URL: nextcloud.url, NEXTCLOUD_ISSUER_PORT: String(await freePort()) },
    ...{ ULTID_DB_URL: app.databaseUrl, ULTID_OIDC_ISSUER: app.issuer.url, ULTID_ROLES: 'api' },
  })
  after(async () => {
    await other.close()
    await drive.close()
  })

  async function begin(size: number, metadata: Record<string, string>, headers = {}) {
    const given = { ...tus, 'upload-length': String(size), 'upload-metadata': metadataOf(metadata), ...headers }
    const answer = await alice('POST', '/uploads', { headers: given })
    return { ...answer, path: (answer.headers.get('location') ?? '').replace('/api/v1/drive', '') }
  }
  const codeOf = async (answer: Response) => ((await answer.json()) as { code: string }).code
  const send = async (path: string, offset: number, bytes: Buffer, url = app.url) => {
    const headers = {
      ...patching,
      'upload-offset': String(offset),
      authorization: `Bearer ${await app.token('alice')}`,
    }
    return fetch(`${url}/api/v1/drive${path}`, { method: 'PATCH', headers, body: new Uint8Array(bytes) })
  }
  const offsetOf = async (path: string) =>
    Number((await alice('HEAD', path, { headers: tus })).headers.get('upload-offset'))
  const contentOf = async (path: string) => {
    const headers = { authorization: `Bearer ${await app.token('alice')}` }
    const answer = await fetch(`${app.url}/api/v1/drive/content/${path}`, { headers })
    return Buffer.from(await answer.arrayBuffer())
  }
  /** Sends the beginning of what was announced, and goes away. */
  async function sendAndBreakOff(path: string, offset: number, bytes: Buffer, announced: number): Promise<void> {
    const headers = {
      ...patching,
      ...{ 'upload-offset': offset, 'content-length': announced, authorization: `Bearer ${await app.token('alice')}` },
    }
    const request = httpRequest(`${app.url}/api/v1/drive${path}`, { method: 'PATCH', headers })
    request.on('error', () => undefined)
    await new Promise<void>((resolve) => request.write(bytes, () => resolve()))
    request.destroy()
  }

  test('a file that was cut five times, on two nodes, is the file that was sent', async () => {
    const bytes = randomBytes(3_000_000)
    const { status, path, headers } = await begin(bytes.length, {
      ...{ filename: 'film 🎬.mp4', folder: '/', checksum: `SHA256:${sha256(bytes)}`, modified_at: '1700000000' },
    })
    assert.deepEqual([status, headers.get('tus-resumable')], [201, '1.0.0'])
    assert.deepEqual([headers.get('content-length'), headers.get('content-type')], ['0', null])
    let offset = 0
    for (let cut = 1; cut <= 5; cut++) {
      const rest = bytes.subarray(offset)
      await sendAndBreakOff(path, offset, rest.subarray(0, 400_000), rest.length)
      const before = offset
      offset = await eventually(async () => {
        const now = await offsetOf(path)
        assert.ok(now > before)
        return now
      })
      if (cut === 3) {
        const through = await send(path, offset, bytes.subarray(offset, offset + 100_000), other.url)
        assert.equal(through.status, 204)
        offset = Number(through.headers.get('upload-offset'))
      }
    }
    const last = await send(path, offset, bytes.subarray(offset), other.url)
    assert.deepEqual([last.status, last.headers.get('upload-offset')], [204, String(bytes.length)])
    assert.equal(sha256(await contentOf(encodeURIComponent('film 🎬.mp4'))), sha256(bytes))
    const item = await alice('GET', `/items/${last.headers.get('x-item-id')}`)
    assert.deepEqual([item.body.name, item.body.modified_at], ['film 🎬.mp4', '2023-11-14T22:13:20.000Z'])
    const view = await alice('GET', path)
    assert.deepEqual([view.body.state, view.body.item_id], ['finished', item.body.item_id])
    assert.equal(await offsetOf(path), bytes.length)
  })

  test('the first bytes may come with the announcement, and nothing at all is a file too', async () => {
    const whole = await alice('POST', '/uploads', {
      body: 'hello',
      headers: { ...patching, 'upload-length': '5', 'upload-metadata': metadataOf({ path: '/hello.txt' }) },
    })
    assert.deepEqual([whole.status, whole.headers.get('upload-offset')], [201, '5'])
    assert.equal((await contentOf('hello.txt')).toString(), 'hello')
    const empty = await begin(0, { path: '/empty.txt' })
    assert.equal(empty.status, 201)
    assert.equal((await contentOf('empty.txt')).length, 0)
  })

  test('of two who write at one offset one is heard, and the file is still right', async () => {
    const bytes = randomBytes(200_000)
    const { path } = await begin(bytes.length, { path: '/twice.bin', checksum: `SHA256:${sha256(bytes)}` })
    const answers = await Promise.all([send(path, 0, bytes), send(path, 0, bytes, other.url)])
    const statuses = answers.map(({ status }) => status)
    assert.ok(statuses.includes(204) || (await offsetOf(path)) === 0, String(statuses))
    const offset = await offsetOf(path)
    if (offset < bytes.length) assert.equal((await send(path, offset, bytes.subarray(offset))).status, 204)
    assert.equal(sha256(await contentOf('twice.bin')), sha256(bytes))
  })

  test('who is not heard in the middle of their bytes hears so, and goes on over the same connection', async () => {
    const bytes = randomBytes(400_000)
    const { path } = await begin(bytes.length, { path: '/overtaken.bin' })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const authorization = `Bearer ${await app.token('alice')}`
    const ask = (method: string, headers: Record<string, string | number>) =>
      httpRequest(`${app.url}/api/v1/drive${path}`, { agent, method, headers: { ...headers, authorization } })
    const answerOf = async (request: ClientRequest) => {
      const [answer] = (await once(request, 'response')) as [IncomingMessage]
      const { localPort: port } = answer.socket
      await text(answer)
      return { status: answer.statusCode, offset: answer.headers['upload-offset'], port }
    }
    const slow = ask('PATCH', { ...patching, 'upload-offset': 0, 'content-length': bytes.length })
    const slowAnswer = answerOf(slow)
    slow.flushHeaders()
    await eventually(async () => {
      const row = app.app.platform.database
        .selectFrom('drive_upload')
        .select('epoch')
        .where('path', '=', '/overtaken.bin')
      assert.ok(Number((await row.executeTakeFirst())?.epoch) > 0)
    })
    assert.equal((await send(path, 0, bytes, other.url)).status, 204)
    slow.end(bytes)
    const { status, port } = await slowAnswer
    assert.equal(status, 409)
    const head = ask('HEAD', tus)
    head.end()
    assert.deepEqual(await answerOf(head), { status: 200, offset: String(bytes.length), port })
    agent.destroy()
  })

  test('a wrong offset, more than was announced and a wrong checksum are refused', async () => {
    const { path } = await begin(10, { path: '/refused.bin', checksum: `SHA256:${sha256(Buffer.from('0123456789'))}` })
    const late = await send(path, 5, Buffer.from('56789'))
    assert.deepEqual([late.status, await codeOf(late)], [409, 'drive.offset_mismatch'])
    const long = await send(path, 0, Buffer.from('0123456789+'))
    assert.deepEqual([long.status, await codeOf(long)], [422, 'too_large'])
    const wrong = await send(path, 0, Buffer.from('0123456780'))
    assert.deepEqual([wrong.status, await codeOf(wrong)], [422, 'checksum_mismatch'])
    // Who asks for it hears the same, and there is no file.
    assert.equal((await alice('HEAD', path, { headers: tus })).status, 422)
    assert.equal(await nextcloud.read('alice', 'refused.bin'), undefined)
  })

  test('a name that is taken is told before the bytes come, or another is found, or what is there is replaced', async () => {
    await nextcloud.write('alice', 'taken.txt', 'old')
    await drive.letPass('alice')
    const refused = await begin(3, { path: '/taken.txt' })
    assert.deepEqual([refused.status, refused.body.code], [409, 'already_exists'])
    const renamed = await begin(3, { path: '/taken.txt', conflict: 'rename' })
    assert.equal((await send(renamed.path, 0, Buffer.from('new'))).status, 204)
    assert.equal((await contentOf('taken%20(2).txt')).toString(), 'new')
    const stale = await begin(3, { path: '/taken.txt', conflict: 'replace', if_match: '"0123"' })
    assert.equal(await codeOf(await send(stale.path, 0, Buffer.from('bad'))), 'etag_mismatch')
    const replaced = await begin(3, { path: '/taken.txt', conflict: 'replace' })
    assert.equal((await send(replaced.path, 0, Buffer.from('new'))).status, 204)
    assert.equal(await nextcloud.read('alice', 'taken.txt'), 'new')
    const nowhere = await begin(3, { path: '/nowhere/x.txt' })
    assert.deepEqual([nowhere.status, nowhere.body.code], [409, 'parent_not_found'])
  })

  test('a file that was made while the word of it was lost is found to be there', async () => {
    const { path } = await begin(4, { path: '/lost.txt' })
    let isCut = false
    nextcloud.faults.intercept = (request, response) => {
      if (request.method !== 'PROPFIND' || !request.url?.includes('lost.txt') || isCut) return false
      isCut = true
      response.writeHead(500).end()
      return true
    }
    const answer = await send(path, 0, Buffer.from('word'))
    nextcloud.faults.intercept = undefined
    assert.equal(answer.status, 502)
    assert.equal(await offsetOf(path), 4)
    assert.equal((await alice('GET', path)).body.state, 'finished')
  })

  test('an upload is given up, listed, and nobody else’s', async () => {
    const { path } = await begin(10, { path: '/given-up.bin' })
    await send(path, 0, Buffer.from('01234'))
    const listed = await alice('GET', '/uploads?limit=1')
    assert.deepEqual([listed.body.items[0].path, listed.body.items[0].received_bytes], ['/given-up.bin', 5])
    for (const method of ['HEAD', 'DELETE'])
      assert.equal((await bob(method, path, { headers: tus })).status, 404, method)
    assert.equal((await bob('GET', path)).status, 404)
    assert.equal((await alice('DELETE', path, { headers: tus })).status, 204)
    assert.equal((await alice('HEAD', path, { headers: tus })).status, 404)
  })

  test('clients learn what is spoken here', async () => {
    const options = await alice('OPTIONS', '/uploads')
    assert.deepEqual([options.status, options.headers.get('tus-version')], [204, '1.0.0'])
    const without = await alice('POST', '/uploads', { headers: { 'upload-length': '1' } })
    assert.deepEqual([without.status, without.body.code], [412, 'drive.tus_version'])
    for (const metadata of [{}, { path: '/' }, { path: '/a', conflict: 'maybe' }, { path: '/a', checksum: 'x' }]) {
      assert.equal((await begin(1, metadata)).status, 400, JSON.stringify(metadata))
    }
    assert.equal((await begin(1, { path: '/../bob/x' })).body.code, 'invalid_path')
  })
})
