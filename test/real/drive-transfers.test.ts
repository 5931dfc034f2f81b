import assert from 'node:assert/strict'
import { createHash, type Hash, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { after, suite, test } from 'node:test'
import { startInstallation } from '../fixtures/installation.ts'
import { startNextcloud } from '../harness/nextcloud.ts'

const megabyte = 1024 * 1024
const size = Number(process.env.ULTI_SOAK_DRIVE_MB ?? 256) * megabyte
const mayGrow = 60 * megabyte
const skip = process.platform === 'linux' ? false : 'only Linux tells how much memory a process had at most'

suite('large files through ultid', { skip }, async () => {
  const piece = randomBytes(megabyte)
  const nextcloud = await startNextcloud()
  const installation = await startInstallation(nextcloud.settings)
  const node = await installation.node({ roles: ['api'] })
  after(async () => {
    await installation.close()
    await nextcloud.close()
  })
  const alice = installation.person('alice', node)
  const call = async (method: string, path: string, headers: Record<string, string>, body?: Readable) =>
    fetch(`${node.url}/api/v1/drive${path}`, {
      method,
      headers: { authorization: `Bearer ${await alice.token()}`, ...headers },
      ...(body && { body: Readable.toWeb(body) as ReadableStream, duplex: 'half' as const }),
    })

  /** Always the same bytes, as many as are wanted. */
  const content = (bytes: number) =>
    Readable.from(
      (function* () {
        for (let at = 0; at < bytes; at += piece.length) yield piece.subarray(0, Math.min(piece.length, bytes - at))
      })(),
      { objectMode: false, highWaterMark: megabyte },
    )
  async function digestOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
    const hash: Hash = createHash('sha256')
    for await (const chunk of stream) hash.update(chunk)
    return hash.digest('hex')
  }
  async function upload(name: string, bytes: number, sha256: string): Promise<void> {
    const headers = { 'content-length': String(bytes), 'oc-checksum': `SHA256:${sha256}` }
    const answer = await call('PUT', `/content/${name}`, headers, content(bytes))
    assert.ok(answer.ok, await answer.text())
  }
  async function download(name: string): Promise<string> {
    const answer = await call('GET', `/content/${name}`, {})
    assert(answer.body)
    return digestOf(answer.body)
  }
  async function resumable(name: string, bytes: number): Promise<void> {
    const tus = { 'tus-resumable': '1.0.0' }
    const metadata = `path ${Buffer.from(`/${name}`).toString('base64')}`
    const begun = await call('POST', '/uploads', {
      ...tus,
      'upload-length': String(bytes),
      'upload-metadata': metadata,
    })
    const path = (begun.headers.get('location') ?? '').replace('/api/v1/drive', '')
    const patch = { ...tus, 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' }
    const done = await call('PATCH', path, { ...patch, 'content-length': String(bytes) }, content(bytes))
    assert.equal(done.status, 204, await done.text())
  }

  /** Of up to three runs the least: garbage that waits on a busy machine only ever adds to it. */
  async function growthDuring(work: (run: number) => Promise<void>): Promise<number> {
    let least = Number.POSITIVE_INFINITY
    for (let run = 1; run <= 3 && least >= mayGrow; run++) least = Math.min(least, await growthOnce(() => work(run)))
    return least
  }

  /** What the node takes beyond what it had, at most. */
  async function growthOnce(work: () => Promise<void>): Promise<number> {
    // Sets the mark of the highest back to what is there now (proc(5)).
    await writeFile(`/proc/${node.pid}/clear_refs`, '5')
    const before = await memoryOf(node.pid, 'VmRSS')
    await work()
    return (await memoryOf(node.pid, 'VmHWM')) - before
  }

  test('go up, down and up in pieces in memory that does not grow with them, and arrive as they were', async (t) => {
    // Code, connections and buffers are there after a first file.
    const sample = await digestOf(content(32 * megabyte))
    await upload('sample.bin', 32 * megabyte, sample)
    assert.equal(await download('sample.bin'), sample)
    const sha256 = await digestOf(content(size))
    const growth = {
      up: await growthDuring(() => upload('large.bin', size, sha256)),
      down: await growthDuring(async () => assert.equal(await download('large.bin'), sha256)),
      pieces: await growthDuring((run) => resumable(`tus-${run}.bin`, size / 4)),
    }
    for (const [way, bytes] of Object.entries(growth)) {
      t.diagnostic(`${way}: ${Math.round(bytes / megabyte)} MB`)
      assert.ok(bytes < mayGrow, `${way} took ${Math.round(bytes / megabyte)} MB`)
    }
    assert.equal(await download('tus-1.bin'), await digestOf(content(size / 4)))
  })
})

async function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024
}
