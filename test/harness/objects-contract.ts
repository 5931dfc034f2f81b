import assert from 'node:assert/strict'
import { createHash, type Hash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { after, suite, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { ByteRange, Objects } from '../../src/platform/objects/objects.ts'

/** A store to be tried, empty at first. */
export type StoreOnTrial = {
  objects: Objects
  /** A store of the same kind whose server, or directory, is not there. */
  unreachable: Objects
  /** Leaves behind what a put leaves behind that dies half-way. */
  leaveDraft(): Promise<void>
  /** What unfinished puts left behind. */
  drafts(): Promise<string[]>
  close(): Promise<void>
}

const mebibyte = 1024 * 1024
const collect = async (content: Readable) => Buffer.concat(await content.toArray())
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex')

/** What every implementation of Objects promises. */
export function testObjects(name: string, open: () => Promise<StoreOnTrial>): void {
  suite(`objects in ${name}`, async () => {
    const { objects, unreachable, ...store } = await open()
    after(store.close)
    const read = async (key: string, range?: ByteRange) => {
      const found = await objects.get(key, range)
      return found && (await collect(found.content)).toString()
    }

    test('what was put comes back byte for byte, from a buffer as from a stream', async () => {
      for (const size of [0, 1, 70_000, 3 * mebibyte]) {
        const bytes = randomBytes(size)
        const chunks = [bytes.subarray(0, size / 3), bytes.subarray(size / 3)]
        for (const content of [bytes, Readable.from(chunks)]) {
          assert.deepEqual(await objects.put('same/bytes', content), { size })
          const found = await objects.get('same/bytes')
          assert.equal(found?.size, size)
          assert.equal(sha256(await collect(found.content)), sha256(bytes))
        }
      }
    })

    test('a range has both its ends or goes to the last byte, and knows the size of the whole', async () => {
      await objects.put('range', Buffer.from('0123456789'))
      assert.equal(await read('range', { start: 2, end: 4 }), '234')
      assert.equal(await read('range', { start: 0, end: 1 }), '01')
      assert.equal(await read('range', { start: 7 }), '789')
      assert.equal(await read('range', { start: 0, end: 9 }), '0123456789')
      assert.equal(await read('range', { start: 9, end: 9 }), '9')
      const found = await objects.get('range', { start: 3, end: 5 })
      found?.content.destroy()
      assert.equal(found?.size, 10)
    })

    test('a range past the end gives the bytes that there are', async () => {
      await objects.put('short', Buffer.from('01234'))
      assert.equal(await read('short', { start: 3, end: 99 }), '34')
      const beyond = await objects.get('short', { start: 5 })
      assert.equal(beyond?.size, 5)
      assert.equal((await collect(beyond.content)).length, 0)
      assert.equal(await objects.get('missing', { start: 5 }), undefined)
    })

    test('a range that makes no sense is refused', async () => {
      for (const range of [{ start: -1 }, { start: 3, end: 2 }, { start: 0.5 }, { start: Number.NaN }]) {
        await assert.rejects(objects.get('range', range), RangeError)
      }
    })

    test('an object is replaced, then deleted once', async () => {
      await objects.put('again', Buffer.from('before'))
      await objects.put('again', Buffer.from('after'))
      assert.equal(await read('again'), 'after')
      assert.equal(await objects.delete('again'), true)
      assert.equal(await objects.get('again'), undefined)
      assert.equal(await objects.delete('again'), false)
    })

    test('pages of a prefix follow each other in the order of the keys', async () => {
      const startedAt = Date.now()
      const keys = Array.from({ length: 7 }, (_, at) => `pages/${at % 3}/key-${at}.bin`).sort()
      for (const key of [...keys, 'pages-not', 'pagesx/1']) await objects.put(key, Buffer.from(key))
      const seen: string[] = []
      for (let after: string | undefined; ; after = seen.at(-1)) {
        const page = await objects.list('pages/', { after, limit: 3 })
        seen.push(...page.map(({ key }) => key))
        if (page.length < 3) break
      }
      assert.deepEqual(seen, keys)
      const [first] = await objects.list('pages/0/')
      assert.equal(first?.size, 17)
      assert.ok(Math.abs((first?.modifiedAt.getTime() ?? 0) - startedAt) < 10_000)
      const keysOf = async (prefix: string) => (await objects.list(prefix)).map(({ key }) => key)
      assert.deepEqual(await keysOf('pages/1/key-1'), ['pages/1/key-1.bin'])
      assert.deepEqual(await keysOf('nothing/'), [])
    })

    test('of puts at once to one key one wins whole; puts to many keys are all there', async () => {
      const bodies = Array.from({ length: 8 }, (_, at) => Buffer.alloc(100_000 + at, at))
      await Promise.all(bodies.flatMap((body, at) => [objects.put('one', body), objects.put(`many/${at}`, body)]))
      const one = await objects.get('one')
      const winner = one && (await collect(one.content))
      assert.ok(bodies.some((body) => winner?.equals(body)))
      assert.deepEqual(
        (await objects.list('many/')).map(({ size }) => size),
        bodies.map(({ length }) => length),
      )
    })

    test('a stream that breaks leaves what was there before, and nothing beside it', async () => {
      await objects.put('kept', Buffer.from('before'))
      for (const size of [10, 20 * mebibyte]) {
        const broken = Readable.from(chunksOf(size, new Error('the client went away')))
        await assert.rejects(objects.put('kept', broken), { message: 'the client went away' })
        await assert.rejects(objects.put('never', Readable.from(chunksOf(size, new Error('gone')))), /gone/)
      }
      const destroyed = new Readable({ read: () => undefined })
      destroyed.push('half')
      setImmediate(() => destroyed.destroy())
      await assert.rejects(objects.put('never', destroyed))
      assert.equal(await read('kept'), 'before')
      assert.equal(await objects.get('never'), undefined)
      assert.deepEqual(await store.drafts(), [])
    })

    test('a stream that broke before anybody read it is an answer, not a crash', async () => {
      const broken = new Readable({ read: () => undefined })
      const stored = objects.put('never', broken)
      broken.destroy(new Error('too early'))
      await assert.rejects(stored, { message: 'too early' })
    })

    test('a hundred megabytes of unknown length pass through less than sixty of memory', async () => {
      const size = 100 * mebibyte
      const [put, got] = [createHash('sha256'), createHash('sha256')]
      const before = memoryInUse()
      let peak = before
      async function* observed(chunks: AsyncIterable<Buffer>, hash: Hash) {
        let seen = 0
        for await (const chunk of chunks) {
          hash.update(chunk)
          if (Math.floor(seen / mebibyte / 4) < Math.floor((seen + chunk.length) / mebibyte / 4)) {
            peak = Math.max(peak, memoryInUse())
          }
          seen += chunk.length
          yield chunk
        }
      }
      assert.deepEqual(await objects.put('large', Readable.from(observed(chunksOf(size), put))), { size })
      const found = await objects.get('large')
      for await (const _ of observed(found?.content ?? Readable.from([]), got));
      assert.equal(got.digest('hex'), put.digest('hex'))
      assert.ok(peak - before < 60 * mebibyte, `grew by ${Math.round((peak - before) / mebibyte)} MiB`)
    })

    test('whoever reads only the beginning leaves the store usable', async () => {
      await objects.put('half-read', Buffer.alloc(4 * mebibyte, 'x'))
      for (let times = 0; times < 60; times++) (await objects.get('half-read'))?.content.destroy()
      assert.equal((await read('half-read', { start: 1, end: 2 }))?.length, 2)
    })

    test('keys and prefixes that could lead elsewhere are refused by every call', async () => {
      const keys = ['', '/', '/etc/passwd', '../up', 'a/../../up', 'a//b', 'a/', './a', '.hidden', 'a/.hidden', 'a\0b']
      for (const key of [
        ...keys,
        'a\\b',
        'a b',
        'ä',
        'a\n',
        '%2e%2e/a',
        'k'.repeat(300),
        'k/'.repeat(300).concat('k'),
      ]) {
        await assert.rejects(objects.put(key, Buffer.from('x')), /Not an object key/, key)
        await assert.rejects(objects.get(key), /Not an object key/, key)
        await assert.rejects(objects.delete(key), /Not an object key/, key)
      }
      for (const prefix of ['/', '../', 'a//', '.', 'a/../', 'a b']) {
        await assert.rejects(objects.list(prefix), /Not a prefix of object keys/, prefix)
      }
      for (const limit of [0, 1001, 1.5]) await assert.rejects(objects.list('', { limit }), RangeError)
    })

    test('what a dead put left behind is collected once it is old enough, and is no object until then', async () => {
      const objectsBefore = await objects.list('')
      await store.leaveDraft()
      assert.equal((await store.drafts()).length, 1)
      assert.deepEqual(await objects.list(''), objectsBefore)
      assert.equal(await objects.collectDrafts(new Date(Date.now() - 60_000)), 0)
      assert.equal(await objects.collectDrafts(new Date(Date.now() + 60_000)), 1)
      assert.deepEqual(await store.drafts(), [])
      assert.deepEqual(await objects.list(''), objectsBefore)
    })

    test('the check passes and leaves nothing behind', async () => {
      const before = await objects.list('')
      await objects.check()
      assert.deepEqual(await objects.list(''), before)
    })

    test('a store that is not there fails the check and ends the stream it was given', async () => {
      await assert.rejects(unreachable.check())
      const content = Readable.from(chunksOf(20 * mebibyte))
      await assert.rejects(unreachable.put('key', content))
      assert.equal(content.destroyed, true)
    })
  })
}

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Resident bytes without the garbage, of which the runtime lets 64 MiB of buffers pile up. */
function memoryInUse(): number {
  collectGarbage()
  return process.memoryUsage.rss()
}

const noise = randomBytes(mebibyte)

/** Slices of noise in an order that does not repeat, so that nothing but the store takes memory; then `fault` if any. */
async function* chunksOf(size: number, fault?: Error): AsyncGenerator<Buffer> {
  for (let left = size; left > 0; ) {
    const start = left % 982_973
    const chunk = noise.subarray(start, start + Math.min(left, 65_537))
    left -= chunk.length
    yield chunk
  }
  if (fault) throw fault
}
