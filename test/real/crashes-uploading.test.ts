import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { type ClientRequest, request as httpRequest } from 'node:http'
import { after, suite, test } from 'node:test'
import { startInstallation } from '../fixtures/installation.ts'
import { eventually } from '../harness/eventually.ts'
import { freePort } from '../harness/free-port.ts'
import { startNextcloud } from '../harness/nextcloud.ts'

const tus = { 'tus-resumable': '1.0.0' }
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

suite('a node that is killed while files are sent', async () => {
  const nextcloud = await startNextcloud()
  const installation = await startInstallation(nextcloud.settings)
  const issuerPort = String(await freePort())
  const dying = await installation.node({ roles: ['api'], environment: { NEXTCLOUD_ISSUER_PORT: issuerPort } })
  const other = await installation.node({ roles: ['api'] })
  after(async () => {
    await installation.close()
    await nextcloud.close()
  })
  const alice = installation.person('alice', other)
  const drive = '/api/v1/drive'

  async function send(url: string, method: string, path: string, headers: Record<string, string>, body?: Uint8Array) {
    const authorization = `Bearer ${await alice.token()}`
    return fetch(url + drive + path, {
      ...{ method, headers: { authorization, ...headers } },
      ...(body && { body: body as Uint8Array<ArrayBuffer> }),
    })
  }
  const contentOf = async (path: string) => {
    const answer = await send(other.url, 'GET', `/content/${path}`, {})
    assert.equal(answer.status, 200)
    return Buffer.from(await answer.arrayBuffer())
  }
  const names = async () =>
    (await alice.get<{ items: { name: string }[] }>(`${drive}/items?path=/`)).items.map(({ name }) => name)

  /** Tells how many bytes have arrived at Nextcloud where an address has this in it. */
  function watch(...parts: string[]): (part: string) => number {
    const arrived = new Map<string, () => number>()
    nextcloud.faults.intercept = ({ method, url, socket }) => {
      const part = parts.find((one) => method === 'PUT' && url?.includes(one))
      const before = socket.bytesRead
      if (part !== undefined) arrived.set(part, () => socket.bytesRead - before)
      return false
    }
    return (part) => arrived.get(part)?.() ?? 0
  }

  /** Sends the beginning of a body and leaves the rest open. */
  async function begin(
    method: string,
    path: string,
    headers: Record<string, string>,
    bytes: Buffer,
    announced: number,
  ) {
    const authorization = `Bearer ${await alice.token()}`
    const request: ClientRequest = httpRequest(dying.url + drive + path, {
      method,
      headers: { authorization, ...headers, 'content-length': announced },
    })
    request.on('error', () => undefined)
    request.write(bytes)
  }

  test('leaves nothing half-written; what lies in pieces is gone on with on another node and is right', async () => {
    const bytes = randomBytes(3_000_000)
    const old = Buffer.from('as it was')
    const octets = { 'content-type': 'application/octet-stream' }
    assert.equal((await send(dying.url, 'PUT', '/content/kept.bin', octets, old)).status, 201)
    const announced = await send(dying.url, 'POST', '/uploads', {
      ...tus,
      'upload-length': String(bytes.length),
      'upload-metadata': `path ${Buffer.from('/film.mp4').toString('base64')},checksum ${Buffer.from(`SHA256:${sha256(bytes)}`).toString('base64')}`,
    })
    assert.equal(announced.status, 201)
    const upload = (announced.headers.get('location') ?? '').replace(drive, '')
    const patching = { ...tus, 'content-type': 'application/offset+octet-stream' }
    const first = bytes.subarray(0, 1_000_000)
    const taken = await send(dying.url, 'PATCH', upload, { ...patching, 'upload-offset': '0' }, first)
    assert.equal(taken.status, 204)

    const arrived = watch('/kept.bin', '/new.bin', '/uploads/')
    const half = randomBytes(300_000)
    await begin('PUT', '/content/kept.bin', octets, half, 600_000)
    await begin('PUT', '/content/new.bin', octets, half, 600_000)
    await begin('PATCH', upload, { ...patching, 'upload-offset': '1000000' }, bytes.subarray(1e6, 13e5), 2_000_000)
    await eventually(() => {
      for (const part of ['/kept.bin', '/new.bin', '/uploads/']) assert.ok(arrived(part) > 100_000, part)
    })
    await dying.kill('SIGKILL')
    nextcloud.faults.intercept = undefined

    assert.deepEqual(await names(), ['kept.bin'])
    assert.deepEqual(await contentOf('kept.bin'), old)
    assert.equal((await send(other.url, 'GET', '/content/new.bin', {})).status, 404)
    const head = await send(other.url, 'HEAD', upload, tus)
    assert.equal(head.headers.get('upload-offset'), '1000000')
    const rest = bytes.subarray(1_000_000)
    const last = await send(other.url, 'PATCH', upload, { ...patching, 'upload-offset': '1000000' }, rest)
    assert.deepEqual([last.status, last.headers.get('upload-offset')], [204, String(bytes.length)])
    assert.equal(sha256(await contentOf('film.mp4')), sha256(bytes))
    assert.deepEqual(await names(), ['film.mp4', 'kept.bin'])
  })
})
