import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { after, suite, test } from 'node:test'
import { startPhotosApp } from '../../../test/fixtures/photos-app.ts'
import { eventually } from '../../../test/harness/eventually.ts'

const megabyte = 1024 * 1024
/** `npm run soak` asks for 500. */
const size = Number(process.env.ULTI_SOAK_VIDEO_MB ?? 96)
/** A long video's worth of bytes, each megabyte another one, made while they are read. */
async function* film(megabytes: number): AsyncGenerator<Buffer> {
  const block = Buffer.alloc(megabyte, 'a frame of a film ')
  for (let number = 0; number < megabytes; number++) {
    const next = Buffer.from(block)
    next.writeUInt32BE(number)
    yield next
  }
}

/** As `peakGrowth`, of up to three runs the least: garbage that waits on a busy machine only ever adds to it. */
async function leastGrowth(bound: number, work: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let run = 0; run < 3 && least >= bound; run++) least = Math.min(least, await peakGrowth(work))
  return least
}

/** The most memory, beyond what there was before, that the process takes while `work` runs. */
async function peakGrowth(work: () => Promise<unknown>): Promise<number> {
  globalThis.gc?.()
  const before = process.memoryUsage.rss()
  let peak = before
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }, 20)
  try {
    await work()
  } finally {
    clearInterval(timer)
  }
  return (peak - before) / megabyte
}

const openSockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length

suite('photos that are large, or that nobody waits for', async () => {
  const { raw, upload, immich, done, ...started } = await startPhotosApp(3, { IMMICH_MAX_CONNECTIONS: '8' })
  after(started.close)
  const send = (megabytes: number, name: string, signal?: AbortSignal) =>
    raw('alice', `/assets?filename=${name}`, {
      ...{ method: 'POST', body: Readable.from(film(megabytes)) as unknown as string, duplex: 'half' },
      headers: { 'content-type': 'video/mp4' },
      ...(signal && { signal }),
    } as RequestInit & { headers: Record<string, string> })

  test(`a video of ${size} MB goes up and comes down in constant memory`, async (t) => {
    const hash = createHash('sha1')
    for await (const block of film(size)) hash.update(block)
    const sha1 = hash.digest('hex')
    let id = ''
    // The whole of it, in a process that also is the client and Immich.
    const bound = 64
    const up = await leastGrowth(bound, async () => {
      const answer = (await (await send(size, 'Film.mp4')).json()) as { id: string; checksum_sha1: string }
      assert.equal(answer.checksum_sha1, sha1)
      id = answer.id
    })
    const down = await leastGrowth(bound, async () => {
      const received = createHash('sha1')
      const { body } = await raw('alice', `/assets/${id}/original`)
      for await (const chunk of body ?? []) received.update(chunk)
      assert.equal(received.digest('hex'), sha1)
    })
    t.diagnostic(`memory grew by ${Math.round(up)} MB on the way up, ${Math.round(down)} MB on the way down`)
    assert.ok(up < bound && down < bound, `${up} MB up, ${down} MB down`)
    await done('alice', 'POST', '/assets/deletion', { asset_ids: [id] })
  })

  test('a thousand downloads that are broken off leave nothing open', async () => {
    const video = ((await (await send(20, 'Short.mp4')).json()) as { id: string }).id
    const headers = await started.headersOf('alice')
    const before = openSockets()
    for (let round = 0; round < 50; round++) {
      await Promise.all(
        Array.from({ length: 20 }, async (_, at) => {
          const leaving = new AbortController()
          const address = started.addressOf(`/assets/${video}/${at % 2 ? 'video' : 'original'}`)
          const { body } = await fetch(address, { headers, signal: leaving.signal })
          await body?.getReader().read()
          leaving.abort()
        }),
      )
    }
    await eventually(async () => {
      // Both pools may keep what they are allowed; each connection has two ends here.
      assert.ok(openSockets() <= before + 32, `${openSockets()} sockets, ${before} before`)
      assert.ok(immich.connections() <= 16, `${immich.connections()} connections at Immich`)
    })
    assert.equal((await raw('alice', `/assets/${video}/video`, { headers: { range: 'bytes=0-3' } })).status, 206)
  })

  test('an upload that is broken off reaches Immich as one, and leaves no file', async () => {
    const [count, leaving] = [immich.records.assets.length, new AbortController()]
    async function* broken(): AsyncGenerator<Buffer> {
      yield* film(3)
      leaving.abort()
      yield* film(1)
    }
    const body = Readable.from(broken()) as unknown as string
    const sending = raw('alice', '/assets?filename=Broken.mp4', {
      ...{ method: 'POST', body, duplex: 'half', signal: leaving.signal },
      headers: { 'content-type': 'video/mp4' },
    } as RequestInit & { headers: Record<string, string> })
    await assert.rejects(sending)
    await eventually(async () => assert.ok(immich.connections() <= 16))
    assert.equal(immich.records.assets.length, count)
    assert.equal((await upload('alice', 'Whole.mp4', 'whole')).status, 201)
  })

  test('Immich that refuses in the middle of a file is heard, and so is the sender', async () => {
    immich.faults.intercept = (request, reply) => {
      if (request.method !== 'POST') return false
      // What still comes is read away: closing upon unread bytes resets the connection, and may take the answer along.
      request.raw.resume()
      reply.raw.writeHead(400, { 'content-type': 'application/json' })
      reply.raw.end(JSON.stringify({ message: 'Quota has been exceeded!' }))
      return true
    }
    const answer = await upload('alice', 'Full.mp4', Buffer.alloc(300_000, 'x'))
    immich.faults.intercept = undefined
    assert.deepEqual([answer.status, answer.body.code], [507, 'quota_exceeded'])
  })
})
