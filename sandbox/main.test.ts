import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, afterEach, before, test } from 'node:test'
import { promisify } from 'node:util'
import { byNpm, createSandboxes, freePorts, projectDir, type Sandbox } from '../test/fixtures/sandbox-process.ts'
import { eventually } from '../test/harness/eventually.ts'
import { assertPortsFree, choosePorts } from './ports.ts'

let sandboxes: Awaited<ReturnType<typeof createSandboxes>>

before(async () => {
  sandboxes = await createSandboxes()
})
afterEach(() => sandboxes.stop())
after(() => sandboxes.remove())

/** The commands of the welcome, as a person would paste them. */
function commands({ lines }: Sandbox): string[] {
  const text = lines.slice(lines.indexOf('Try, in another terminal')).join('\n')
  return text
    .split(/^ {2}# .*$/m)
    .slice(1)
    .map((part) => part.split('\n\n')[0] ?? '')
}

async function paste(command: string, { environment }: Sandbox): Promise<unknown> {
  const { stdout } = await promisify(execFile)('bash', ['-c', command], { cwd: projectDir, env: environment })
  return JSON.parse(stdout)
}

type Page = { items: { id: string; subject: string; role?: string }[] }

async function subjects(user: string, sandbox: Sandbox): Promise<string[]> {
  const api = `http://localhost:${sandbox.environment.PORT}/api/v1/mail`
  const token = await sandbox.token(user)
  const get = async (path: string) => {
    const response = await fetch(api + path, { headers: { authorization: `Bearer ${token}` } })
    return (await response.json()) as Page
  }
  const inbox = (await get('/folders')).items.find(({ role }) => role === 'inbox')
  return inbox ? (await get(`/messages?folder_id=${inbox.id}&limit=5`)).items.map(({ subject }) => subject) : []
}

test('the printed commands list and write mail, and all of it is there after a stop and a kill', async () => {
  const first = await sandboxes.start(await freePorts(), byNpm)
  const named = (word: string) => commands(first).find((command) => command.includes(word)) ?? assert.fail(word)
  const [folders, messages, write] = [named('/mail/folders'), named('folder_id='), named('Idempotency-Key')]
  const listed = (await paste(folders, first)) as Page
  assert.ok(
    ['inbox', 'sent', 'drafts', 'archive', 'junk', 'trash'].every((name) =>
      listed.items.some(({ role }) => role === name),
    ),
  )
  assert.equal(((await paste(messages, first)) as Page).items.length, 5)
  await paste(write, first)
  await eventually(async () => assert.ok((await subjects('bob', first)).includes('Lunch?')))
  // npm passes the signal on; whatever outlived it would still hold one of the ports.
  assert.equal(await first.stop('SIGTERM'), 0)
  await assertPortsFree(choosePorts(first.environment.PORT))

  const moved = await sandboxes.start(await freePorts())
  await eventually(async () => assert.ok((await subjects('bob', moved)).includes('Lunch?')))
  await moved.stop('SIGKILL')

  const recovered = await sandboxes.start(Number(moved.environment.PORT))
  await eventually(async () => assert.ok((await subjects('bob', recovered)).includes('Lunch?')))
})
