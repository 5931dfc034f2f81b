import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { createTempDir } from '../../../test/harness/temp-dir.ts'
import { AppError } from '../errors.ts'
import { createDirectoryObjects } from '../objects/directory-objects.ts'
import { watchObjects } from '../objects/watched-objects.ts'
import { createMetrics } from './metrics.ts'
import { noTracing } from './tracing.ts'
import { createUpstreams } from './upstreams.ts'

function watch() {
  const metrics = createMetrics()
  const upstreams = createUpstreams({ ...metrics, tracing: noTracing })
  const samples = async () =>
    (await metrics.registry.metrics())
      .split('\n')
      .filter((line) => /^ultid_upstream_(errors_total|duration_seconds_count)\{/.test(line))
      .map((line) => line.replace('ultid_upstream_', ''))
  return { upstreams, samples }
}

test('a call answers and throws as what it watches does', async () => {
  const { upstreams } = watch()
  const call = { system: 'imap', operation: 'connect' } as const
  assert.equal(await upstreams.call(call, async () => 7), 7)
  const failure = new Error('no')
  await assert.rejects(
    upstreams.call(call, () => Promise.reject(failure)),
    (error) => error === failure,
  )
})

test('failures count by their code, whether they are thrown or answered', async () => {
  const { upstreams, samples } = watch()
  const send = { system: 'smtp', operation: 'send' } as const
  const failures = [
    new AppError('unprocessable', 'mail.timeout', 'No answer.'),
    Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
    new Error('something about alice@example.test'),
  ]
  for (const failure of failures) await assert.rejects(upstreams.call(send, () => Promise.reject(failure)))
  await upstreams.call({ ...send, faultOf: (answer: string) => answer }, async () => 'unknown')
  await upstreams.call({ ...send, faultOf: () => undefined }, async () => 'accepted')
  assert.deepEqual(await samples(), [
    'duration_seconds_count{system="smtp",operation="send"} 5',
    'errors_total{system="smtp",operation="send",kind="mail.timeout"} 1',
    'errors_total{system="smtp",operation="send",kind="unreachable"} 1',
    'errors_total{system="smtp",operation="send",kind="other"} 1',
    'errors_total{system="smtp",operation="send",kind="unknown"} 1',
  ])
})

suite('objects of another server', async () => {
  const directory = await createTempDir('objects')
  after(directory.remove)

  test('are watched request by request, and are the same objects', async () => {
    const { upstreams, samples } = watch()
    const objects = watchObjects(createDirectoryObjects(directory.path), upstreams)
    await objects.check()
    assert.deepEqual(await objects.put('a/b', Buffer.from('abc')), { size: 3 })
    const found = await objects.get('a/b', { start: 1 })
    assert.equal(await found?.content.setEncoding('utf8').reduce((text: string, part: string) => text + part, ''), 'bc')
    assert.deepEqual(
      (await objects.list('a/')).map(({ key }) => key),
      ['a/b'],
    )
    assert.equal(await objects.delete('a/b'), true)
    assert.equal(await objects.collectDrafts(new Date()), 0)
    await assert.rejects(objects.get('../a'))
    const counts = ['check', 'put', 'get', 'list', 'delete', 'collect_drafts'].map(
      (operation) => `duration_seconds_count{system="s3",operation="${operation}"} ${operation === 'get' ? 2 : 1}`,
    )
    assert.deepEqual((await samples()).slice(0, 6), counts)
  })
})
