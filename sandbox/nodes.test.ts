import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createSandboxes, freePorts, type Sandbox } from '../test/fixtures/sandbox-process.ts'
import { eventually } from '../test/harness/eventually.ts'
import { skipWithoutNginx, skipWithoutRedis } from '../test/harness/servers.ts'
import { chooseNodes } from './nodes.ts'

test('ULTI_NODES is a count of nodes', () => {
  assert.equal(chooseNodes(undefined), 1)
  for (const value of ['0', '1.5', '-1', 'three', '', '100']) {
    assert.throws(() => chooseNodes(value), /ULTI_NODES must be a whole number from 1 to 9/)
  }
})

suite('three nodes behind nginx', { skip: skipWithoutNginx || skipWithoutRedis }, async () => {
  const sandboxes = await createSandboxes({ ULTI_NODES: '3', ULTID_RATE_LIMIT_PERSON: '1000000' })
  let sandbox: Sandbox
  let api: string
  before(async () => {
    sandbox = await sandboxes.start(await freePorts())
    api = `http://localhost:${sandbox.environment.PORT}/api/v1`
  })
  after(async () => {
    await sandboxes.stop()
    await sandboxes.remove()
  })

  test('restart in turn under load without a request that fails, and keep what was written', async () => {
    const headers = { authorization: `Bearer ${await sandbox.token('alice')}`, 'content-type': 'application/json' }
    const get = async (path: string) => (await fetch(api + path, { headers })).json()
    const { items } = (await get('/mail/accounts')) as { items: { id: string }[] }
    const failures: unknown[] = []
    const written: string[] = []
    let isOver = false
    async function load(request: () => Promise<Response>): Promise<void> {
      while (!isOver) {
        const answer = await request().catch((error: Error) => void failures.push(error.cause ?? error))
        const body = (await answer?.json()) as { id?: string } | undefined
        if (answer && !answer.ok) failures.push(body)
        if (body?.id) written.push(body.id)
        await delay(25)
      }
    }
    const body = JSON.stringify({ mail_account_id: items[0]?.id, subject: 'While nodes restart' })
    const write = () => fetch(`${api}/mail/drafts`, { method: 'POST', headers, body })
    const read = () => fetch(`${api}/mail/folders`, { headers })
    const loads = [write, write, read, read, read, read].map(load)
    await eventually(() => assert(written.length > 5))
    sandbox.child.kill('SIGUSR2')
    await eventually(() => assert(sandbox.lines.some((line) => line.startsWith('ultid restarted'))), {
      timeoutMs: 100_000,
    })
    isOver = true
    await Promise.all(loads)
    assert.deepEqual(failures, [])
    assert.equal(new Set(written).size, written.length)
    for (const id of [written.at(0), written.at(-1)]) {
      assert.equal(((await get(`/mail/drafts/${id}`)) as { id: string }).id, id)
    }
  })
})
