import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { after, suite, test } from 'node:test'
import { createTempDir } from '../../../test/harness/temp-dir.ts'
import { createDirectoryObjects } from './directory-objects.ts'

suite('objects in a directory', async () => {
  const { path, remove } = await createTempDir('objects')
  after(remove)
  const objects = createDirectoryObjects(`${path}/new/store`)
  const read = async (key: string, range?: { start: number; end: number }) => {
    const found = await objects.get(key, range)
    return found && Buffer.concat(await found.content.toArray())
  }
  const filesOf = async () => (await readdir(path, { recursive: true, withFileTypes: true })).filter((f) => f.isFile())

  test('what was put comes back, from a buffer as from a stream', async () => {
    const bytes = randomBytes(300_000)
    assert.deepEqual(await objects.put('a/buffer', bytes), { size: 300_000 })
    assert.deepEqual(await objects.put('a/stream', Readable.from([bytes.subarray(0, 7), bytes.subarray(7)])), {
      size: 300_000,
    })
    assert.deepEqual(await read('a/buffer'), bytes)
    assert.deepEqual(await read('a/stream'), bytes)
    assert.equal((await objects.put('a/empty', Buffer.alloc(0))).size, 0)
    assert.equal((await read('a/empty'))?.length, 0)
  })

  test('a range has both its ends, and says the size of the whole', async () => {
    await objects.put('range', Buffer.from('0123456789'))
    assert.equal(String(await read('range', { start: 2, end: 4 })), '234')
    assert.equal(String(await read('range', { start: 9, end: 9 })), '9')
    assert.equal(String(await read('range', { start: 8, end: 99 })), '89')
    const found = await objects.get('range', { start: 0, end: 0 })
    found?.content.destroy()
    assert.equal(found?.size, 10)
  })

  test('what is not there, or is only the beginning of keys, is undefined', async () => {
    await objects.put('folder/object', Buffer.from('x'))
    for (const key of ['nothing', 'folder', 'folder/object/below']) {
      assert.equal(await objects.get(key), undefined, key)
      assert.equal(await objects.delete(key), false, key)
    }
    assert.equal(String(await read('folder/object')), 'x')
  })

  test('of two who delete, one deleted it', async () => {
    await objects.put('once', Buffer.from('x'))
    const answers = await Promise.all([objects.delete('once'), objects.delete('once')])
    assert.deepEqual(answers.sort(), [false, true])
    assert.equal(await objects.get('once'), undefined)
  })

  test('a key that could leave the directory or hide in it is refused by every call', async () => {
    const keys = ['', '/', '/etc/passwd', '../up', 'a/../../up', 'a//b', 'a/', './a', '.hidden', 'a/.hidden']
    for (const key of [...keys, 'a\0b', 'a\\b', 'a b', 'ä', 'a\n', 'a:b', '%2e%2e/a']) {
      await assert.rejects(objects.put(key, Buffer.from('x')), /Not an object key/, key)
      await assert.rejects(objects.get(key), /Not an object key/, key)
      await assert.rejects(objects.delete(key), /Not an object key/, key)
    }
  })

  test('a stream that breaks leaves what was there before, and nothing beside it', async () => {
    await objects.put('kept', Buffer.from('before'))
    const before = (await filesOf()).length
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('half')
        throw new Error('the client went away')
      })(),
    )
    await assert.rejects(objects.put('kept', broken), /went away/)
    const destroyed = new Readable({ read: () => undefined })
    destroyed.push('half')
    setImmediate(() => destroyed.destroy())
    await assert.rejects(objects.put('never', destroyed))
    assert.equal(String(await read('kept')), 'before')
    assert.equal(await objects.get('never'), undefined)
    assert.equal((await filesOf()).length, before)
  })

  test('a put that cannot begin ends the stream it was given', async () => {
    await objects.put('file', Buffer.from('x'))
    const content = new Readable({ read: () => undefined })
    await assert.rejects(objects.put('file/below', content))
    assert.equal(content.destroyed, true)
  })

  test('of puts at once to one key one wins whole, and who reads meanwhile sees one whole', async () => {
    const bodies = Array.from({ length: 8 }, (_, at) => Buffer.alloc(50_000 + at * 10_000, at))
    await objects.put('contended', bodies[0] ?? Buffer.alloc(0))
    const isWhole = async () => {
      const found = await objects.get('contended')
      const content = Buffer.concat((await found?.content.toArray()) ?? [])
      assert.equal(content.length, found?.size)
      assert.ok(bodies.some((body) => body.equals(content)))
    }
    const reads = Array.from({ length: 20 }, isWhole)
    await Promise.all([...bodies.map((body) => objects.put('contended', body)), ...reads])
    await isWhole()
  })

  test('a full disk is told as what may pass, and nothing of the file stays', async () => {
    const before = (await filesOf()).length
    for (const code of ['ENOSPC', 'EDQUOT']) {
      const content = Readable.from(
        (async function* () {
          yield Buffer.alloc(1000)
          throw Object.assign(new Error('no space left on device'), { code })
        })(),
      )
      await assert.rejects(objects.put('full', content), { kind: 'unavailable', code: 'unavailable' })
    }
    assert.equal((await filesOf()).length, before)
  })

  test('the check leaves nothing behind', async () => {
    const before = (await filesOf()).length
    await objects.check()
    assert.equal((await filesOf()).length, before)
  })

  test('the check fails where nothing can be written', async () => {
    await objects.put('not-a-directory', Buffer.from('x'))
    await assert.rejects(createDirectoryObjects(`${path}/new/store/not-a-directory`).check())
  })
})
