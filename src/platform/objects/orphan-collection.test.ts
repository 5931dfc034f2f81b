import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { createTempDir } from '../../../test/harness/temp-dir.ts'
import { createDirectoryObjects } from './directory-objects.ts'
import { createOrphanCollection, type ObjectReferences } from './orphan-collection.ts'

const log = pino({ level: 'silent' })
const inHours = (hours: number) => () => new Date(Date.now() + hours * 3_600_000)

async function openStore(context: TestContext, keys: readonly string[]) {
  const { path, remove } = await createTempDir('orphans')
  context.after(remove)
  const objects = createDirectoryObjects(path)
  for (const key of keys) await objects.put(key, Buffer.from('x'))
  return { objects, keysLeft: async () => (await objects.list('')).map(({ key }) => key) }
}

/** Refers to the keys that end in "-used". */
const usedBelow = (prefix: string): ObjectReferences & { asked: string[] } => {
  const asked: string[] = []
  return {
    prefix,
    asked,
    async isReferenced(keys) {
      asked.push(...keys)
      return new Set(keys.filter((key) => key.endsWith('-used')))
    },
  }
}

suite('the collection of orphaned objects', () => {
  test('deletes what nothing refers to, below its prefixes alone', async (context) => {
    const { objects, keysLeft } = await openStore(context, ['a/1', 'a/2-used', 'b/x/1', 'b/x/2-used', 'c/1', 'ab'])
    const references = [usedBelow('a/'), usedBelow('b/')]
    await createOrphanCollection({ objects, references, log, now: inHours(25) }).run()
    assert.deepEqual(await keysLeft(), ['a/2-used', 'ab', 'b/x/2-used', 'c/1'])
  })

  test('neither deletes nor asks about what is younger than the minimum age', async (context) => {
    const { objects, keysLeft } = await openStore(context, ['a/1', 'a/2-used'])
    const reference = usedBelow('a/')
    await createOrphanCollection({ objects, references: [reference], log, now: inHours(23) }).run()
    assert.deepEqual(await keysLeft(), ['a/1', 'a/2-used'])
    assert.deepEqual(reference.asked, [])
  })

  test('looks at so many keys a run, goes on where it was, and begins again', async (context) => {
    const keys = ['a/1-used', 'a/2', 'a/3-used', 'a/4', 'a/5', 'b/1', 'b/2-used']
    const { objects, keysLeft } = await openStore(context, keys)
    const references = [usedBelow('a/'), usedBelow('b/')]
    const collection = createOrphanCollection({ objects, references, log, keysPerRun: 2, now: inHours(25) })
    await collection.run()
    assert.deepEqual(await keysLeft(), ['a/1-used', 'a/3-used', 'a/4', 'a/5', 'b/1', 'b/2-used'])
    await collection.run()
    assert.deepEqual(await keysLeft(), ['a/1-used', 'a/3-used', 'a/5', 'b/1', 'b/2-used'])
    await collection.run()
    assert.deepEqual(await keysLeft(), ['a/1-used', 'a/3-used', 'b/2-used'])
    await objects.put('a/0', Buffer.from('x'))
    for (let runs = 0; runs < 3; runs++) await collection.run()
    assert.deepEqual(await keysLeft(), ['a/1-used', 'a/3-used', 'b/2-used'])
  })

  test('deletes nothing below a prefix whose references are unknown, yet goes on with the others', async (context) => {
    const { objects, keysLeft } = await openStore(context, ['a/1', 'a/2', 'b/1'])
    let isBroken = true
    const references: ObjectReferences[] = [
      {
        prefix: 'a/',
        async isReferenced() {
          if (isBroken) throw new Error('the database is away')
          return new Set()
        },
      },
      usedBelow('b/'),
    ]
    const collection = createOrphanCollection({ objects, references, log, now: inHours(25) })
    await collection.run()
    assert.deepEqual(await keysLeft(), ['a/1', 'a/2'])
    isBroken = false
    await collection.run()
    assert.deepEqual(await keysLeft(), [])
  })

  test('fails as a whole when the store does, and makes up for it later', async (context) => {
    const { objects, keysLeft } = await openStore(context, ['a/1', 'a/2'])
    let deletions = 0
    const failing = {
      ...objects,
      delete(key: string) {
        deletions += 1
        return deletions === 2 ? Promise.reject(new Error('the store is away')) : objects.delete(key)
      },
    }
    const collection = createOrphanCollection({
      objects: failing,
      references: [usedBelow('a/')],
      log,
      now: inHours(25),
    })
    await assert.rejects(collection.run(), /store is away/)
    assert.deepEqual(await keysLeft(), ['a/2'])
    await collection.run()
    assert.deepEqual(await keysLeft(), [])
  })

  test('is not created for prefixes of which one would delete what another refers to', async (context) => {
    const { objects } = await openStore(context, [])
    const createFor = (...prefixes: string[]) =>
      createOrphanCollection({ objects, references: prefixes.map(usedBelow), log })
    assert.throws(() => createFor('mail/', 'mail/raw/'), /overlap: mail\/ and mail\/raw\//)
    assert.throws(() => createFor('mail/', 'mail/'), /overlap/)
    assert.throws(() => createFor('mail'), /ends in "\/"/)
    assert.doesNotThrow(() => createFor('mail/', 'mail-raw/'))
  })
})
