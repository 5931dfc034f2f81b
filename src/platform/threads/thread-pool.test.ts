import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { getPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { eventually } from '../../../test/harness/eventually.ts'
import { ThreadDied } from './thread-died.ts'
import { createThreadPool, type ThreadPool } from './thread-pool.ts'

/** Does what its task says. */
const script = `
import { getPriority } from 'node:os'
import { threadId } from 'node:worker_threads'
import { answerTasks } from ${JSON.stringify(new URL('./answer-tasks.ts', import.meta.url).href)}
answerTasks(({ say, length, fail, hang, eat, priority }) => {
  if (priority) return { answer: getPriority() }
  if (fail) throw new Error('It failed.')
  while (hang);
  const eaten = []
  while (eat) eaten.push(Array.from({ length: 10_000 }, (_, at) => ({ at })))
  if (length) return { answer: new Uint8Array(length.byteLength), transfer: [] }
  return { answer: [say, threadId] }
})`

suite('a pool of threads', () => {
  let directory: string
  let pool: ThreadPool
  const open = (more: { idleMs?: number; taskTimeoutMs?: number } = {}) =>
    createThreadPool({
      ...{ script: pathToFileURL(join(directory, 'script.mjs')), size: 2, maxHeapMegabytes: 16 },
      ...{ taskTimeoutMs: 30_000, idleMs: 60_000, ...more },
    })
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'threads-'))
    await writeFile(join(directory, 'script.mjs'), script)
    pool = open()
  })
  after(async () => {
    await pool.close()
    await rm(directory, { recursive: true })
  })
  const say = async (word: string, on = pool) => (await on.run<[string, number]>({ say: word }))[0]

  test('tasks are answered in threads, no more of them than its size', async () => {
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((word) => pool.run<[string, number]>({ say: word })))
    assert.deepEqual(
      answers.map(([word]) => word),
      ['a', 'b', 'c', 'd'],
    )
    assert(new Set(answers.map(([, thread]) => thread)).size <= 2)
  })

  test('threads leave processors to the event loop', { skip: process.platform !== 'linux' }, async () => {
    const own = getPriority()
    assert.equal(await pool.run<number>({ priority: true }), Math.max(own, 10))
    assert.equal(getPriority(), own)
  })

  test('what is transferred is gone here', async () => {
    const bytes = new Uint8Array(5)
    assert.equal((await pool.run<Uint8Array>({ length: bytes }, [bytes.buffer])).length, 5)
    assert.equal(bytes.length, 0)
  })

  test('what a task throws is thrown, and the thread goes on', async () => {
    await assert.rejects(pool.run({ fail: true }), /It failed/)
    await assert.rejects(pool.run({ say: () => {} }), { name: 'DataCloneError' })
    assert.equal(await say('still there'), 'still there')
  })

  test('a task that eats all memory ends its thread, not the process', async () => {
    await assert.rejects(pool.run({ eat: true }), ThreadDied)
    assert.equal(await say('another'), 'another')
  })

  test('a task that never ends is ended, and what waits for its thread is done', async () => {
    const impatient = open({ taskTimeoutMs: 4_000 })
    const hanging = [impatient.run({ hang: true }), impatient.run({ hang: true })]
    const waiting = say('in the end', impatient)
    await Promise.all(hanging.map((task) => assert.rejects(task, ThreadDied)))
    assert.equal(await waiting, 'in the end')
    await impatient.close()
    await assert.rejects(impatient.run({}), ThreadDied)
  })

  test('a thread that has nothing to do ends, and another one starts when there is something', async () => {
    const lazy = open({ idleMs: 50 })
    const [, first] = await lazy.run<[string, number]>({ say: 'one' })
    await eventually(
      async () => {
        const [, later] = await lazy.run<[string, number]>({ say: 'two' })
        assert.notEqual(later, first)
      },
      { everyMs: 120 },
    )
    await lazy.close()
  })
})
