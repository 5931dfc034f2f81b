import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, afterEach, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { assertPortsFree, choosePorts, freePort } from './ports.ts'

const projectDir = join(import.meta.dirname, '..')
let home: string
let sandbox: Sandbox | undefined

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'ulti-sandbox-'))
  await chmod(home, 0o755)
})
afterEach(async () => {
  if (sandbox) await stop(sandbox, 'SIGTERM')
})
after(() => rm(home, { recursive: true }))

type Sandbox = { child: ChildProcess; lines: string[]; environment: NodeJS.ProcessEnv; exit: Promise<unknown[]> }

const environmentOf = (port: number) => ({
  ...process.env,
  // npm puts its own node first, as it does for `npm start`.
  PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
  PORT: String(port),
  ULTI_SANDBOX_DIR: join(home, 'state'),
  NODE_TEST_CONTEXT: undefined,
})

/** The first of seven free ports in a row. */
async function freePorts(): Promise<number> {
  for (;;) {
    const first = await freePort()
    const isFree =
      first < 65_000 &&
      (await assertPortsFree(choosePorts(String(first))).then(
        () => true,
        () => false,
      ))
    if (isFree) return first
  }
}

const byNpm = ['npm', 'start']
// npm could not be killed together with what it started.
const inPlace = [process.execPath, 'sandbox/main.ts']

/** Resolves when the welcome is printed whole. */
async function start(port: number, [command = '', ...args]: string[] = inPlace): Promise<Sandbox> {
  const environment = environmentOf(port)
  const child = spawn(command, args, {
    cwd: projectDir,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const output = createInterface({ input: child.stdout })
  const started = new Promise<boolean>((resolve) => {
    output.on('line', (line) => {
      lines.push(line)
      if (line.startsWith('Ctrl-C')) resolve(true)
    })
    child.once('exit', () => resolve(false))
  })
  sandbox = { child, lines, environment, exit: once(child, 'exit') }
  assert.ok(await started, lines.join('\n'))
  return sandbox
}

async function stop({ child, exit }: Sandbox, signal: NodeJS.Signals) {
  sandbox = undefined
  child.kill(signal)
  const [code] = await exit
  return code
}

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

async function subjects(user: string, { environment }: Sandbox): Promise<string[]> {
  const api = `http://localhost:${environment.PORT}/api/v1/mail`
  const token = await promisify(execFile)(process.execPath, ['sandbox/token.ts', user], {
    cwd: projectDir,
    env: environment,
  })
  const get = async (path: string) => {
    const response = await fetch(api + path, { headers: { authorization: `Bearer ${token.stdout.trim()}` } })
    return (await response.json()) as Page
  }
  const inbox = (await get('/folders')).items.find(({ role }) => role === 'inbox')
  return inbox ? (await get(`/messages?folder_id=${inbox.id}&limit=5`)).items.map(({ subject }) => subject) : []
}

async function until(condition: () => Promise<boolean>) {
  const deadline = Date.now() + 20_000
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, 'it did not come about within 20 s')
    await delay(50)
  }
}

test('the printed commands list and write mail, and all of it is there after a stop and a kill', async () => {
  const first = await start(await freePorts(), byNpm)
  const [folders = '', messages = '', write = ''] = commands(first)
  const listed = (await paste(folders, first)) as Page
  assert.ok(
    ['inbox', 'sent', 'drafts', 'archive', 'junk', 'trash'].every((name) =>
      listed.items.some(({ role }) => role === name),
    ),
  )
  assert.equal(((await paste(messages, first)) as Page).items.length, 5)
  await paste(write, first)
  await until(async () => (await subjects('bob', first)).includes('Lunch?'))
  // npm passes the signal on; whatever outlived it would still hold one of the ports.
  assert.equal(await stop(first, 'SIGTERM'), 0)
  await assertPortsFree(choosePorts(first.environment.PORT))

  const moved = await start(await freePorts())
  await until(async () => (await subjects('bob', moved)).includes('Lunch?'))
  await stop(moved, 'SIGKILL')

  const recovered = await start(Number(moved.environment.PORT))
  await until(async () => (await subjects('bob', recovered)).includes('Lunch?'))
})
