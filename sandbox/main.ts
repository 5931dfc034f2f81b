import { join } from 'node:path'
import { connectAccounts } from './accounts.ts'
import { startAuthentik } from './authentik/authentik.ts'
import { startDemoImmich, versionOf } from './immich/demo/demo.ts'
import { startIssuer } from './issuer.ts'
import { startJitsi } from './jitsi/jitsi.ts'
import { startMail } from './mail.ts'
import { startDemoNextcloud } from './nextcloud/demo.ts'
import { chooseNodes, startNodes } from './nodes.ts'
import { openPhotos } from './photos.ts'
import { assertPortsFree, choosePorts, type Ports } from './ports.ts'
import { startPostgres, stopOrphanedPostgres } from './postgres.ts'
import { createRestarts } from './restarts.ts'
import { SandboxError } from './sandbox-error.ts'
import { openState, type State, stateDirOf } from './state.ts'
import { createTerminal, type Terminal } from './terminal.ts'
import type { Ultid, UltidOptions } from './ultid.ts'
import { ultidEnvironment } from './ultid-environment.ts'
import { restartOnChange } from './ultid-watch.ts'
import { printWelcome } from './welcome.ts'

type Closable = { close(): Promise<void> }
type Sandbox = {
  ports: Ports
  /** How many ultids. */
  count: number
  state: State
  terminal: Terminal
  signal: AbortSignal
  keep: <T extends Closable>(part: T) => T
}

/** Starts the whole suite on loopback, and stops it at a signal or when ultid ends. Returns the exit code. */
async function main(): Promise<number> {
  const isWatching = process.argv.includes('--watch')
  const terminal = createTerminal(process.stdout)
  const signal = stopSignal()
  // Closed in reverse order: ultid before what it talks to, the lock of the state directory last.
  const running: Closable[] = []
  const keep = <T extends Closable>(part: T): T => {
    running.push(part)
    return part
  }
  try {
    const [ports, count] = [choosePorts(process.env.PORT), chooseNodes(process.env.ULTI_NODES)]
    const state = keep(await openState(stateDirOf(process.env), `http://localhost:${ports.ultid}`))
    terminal.line(terminal.style('bold', 'Ulti sandbox'))
    const ended = Promise.withResolvers<never>()
    const onEnd = (reason: string) => (isWatching ? terminal.line(reason) : ended.reject(new SandboxError(reason)))
    const ultid = await Promise.race([
      start({ ports, count, state, terminal, signal, keep }, { isWatching, onEnd }),
      ended.promise,
    ])
    const restarts = keep(createRestarts(ultid, terminal.line))
    if (isWatching) keep(restartOnChange(restarts.restart))
    await Promise.race([aborted(signal), ended.promise])
    return 0
  } catch (error) {
    if (signal.aborted) return 0
    terminal.line(`\n${error instanceof SandboxError ? error.message : ((error as Error).stack ?? error)}`)
    return 1
  } finally {
    if (running.length > 1) terminal.line('\nStopping…')
    for (const part of running.reverse()) {
      // One that fails to stop must not keep the others from it.
      await part.close().catch((error) => terminal.line(String(error)))
    }
  }
}

async function start(
  sandbox: Sandbox,
  { isWatching, onEnd }: Pick<UltidOptions, 'onEnd'> & { isWatching: boolean },
): Promise<Ultid> {
  const { ports, count, state, terminal, signal, keep } = sandbox
  const dataDir = join(state.dir, 'postgres')
  await stopOrphanedPostgres(dataDir)
  await assertPortsFree(ports)
  const databaseUrl = await startPeers(sandbox, dataDir)
  signal.throwIfAborted()

  const url = `http://localhost:${ports.ultid}`
  const environment = ultidEnvironment({ ports, state, databaseUrl })
  const onLine = (line: string) => terminal.line(line)
  const front = { api: ports.ultid, issuer: ports.nextcloudIssuer }
  const nodes = { dir: state.dir, front, count }
  const launch = () => startNodes({ ...nodes, url, signal, environment, onStart: state.noteChild, onLine, onEnd })
  const ultid = keep(await terminal.step('ultid', launch, () => (count > 1 ? `${url}, ${count} nodes` : url)))
  const connect = () => connectAccounts({ apiUrl: url, ports, issuerDir: join(state.dir, 'issuer') })
  const alice = await terminal.step('Accounts', connect, ({ isNew }) => (isNew ? 'connected' : 'connected before'))
  const look = () => openPhotos({ apiUrl: url, issuerDir: join(state.dir, 'issuer') })
  await terminal.step('Albums', look, ({ months }) => `photos of ${months} months`)
  printWelcome(terminal, { ports, stateDir: state.dir, databaseUrl, isWatching, alice })
  return ultid
}

/** What ultid talks to, side by side. Returns the database's address. */
async function startPeers({ ports, state, terminal, keep }: Sandbox, dataDir: string): Promise<string> {
  const database = terminal.step(
    'PostgreSQL',
    async () => {
      const onNotice = (line: string) => terminal.line(`    ${line}`)
      const server = keep(await startPostgres({ dataDir, port: ports.postgres, isDurable: true, onNotice }))
      await server.createDatabase('ulti')
      return server.url('ulti')
    },
    () => `127.0.0.1:${ports.postgres}`,
  )
  const appOrigins = [`http://localhost:${ports.ultid}`, 'http://localhost:3000']
  const issuer = terminal.step(
    'Sign-in',
    async () => keep(await startIssuer({ port: ports.issuer, stateDir: join(state.dir, 'issuer'), appOrigins })),
    ({ url }) => url,
  )
  const mail = terminal.step(
    'Mail',
    async () => keep(await startMail({ ports, stateDir: join(state.dir, 'mail') })),
    ({ seeded }) => (seeded ? `${seeded} messages for alice, bob and carol` : 'mailboxes of alice, bob and carol'),
  )
  const nextcloud = terminal.step(
    'Nextcloud',
    async () => keep(await startDemoNextcloud({ ports, stateDir: join(state.dir, 'nextcloud') })),
    ({ seeded, url }) => (seeded ? `${url}, ${seeded} files for alice, bob and carol` : url),
  )
  const authentik = terminal.step(
    'Directory',
    async () => keep(await startAuthentik({ port: ports.authentik, stateDir: join(state.dir, 'authentik') })),
    ({ url }) => url,
  )
  // At another port the issuer is another one and its people are others: they get accounts and pictures of their own.
  const immich = terminal.step(
    'Photos',
    async () =>
      keep(
        await startDemoImmich({
          port: ports.immich,
          stateDir: join(state.dir, 'immich', String(ports.issuer)),
          version: versionOf(process.env),
        }),
      ),
    ({ url, version }) => `Immich ${version} at ${url}`,
  )
  const jitsi = terminal.step(
    'Meetings',
    async () => keep(await startJitsi({ port: ports.jitsi })),
    ({ url }) => url,
  )
  // All have to settle before a failure of one is reported: what started must be closed.
  await Promise.allSettled([database, issuer, mail, nextcloud, authentik, immich, jitsi])
  await Promise.all([issuer, mail, nextcloud, authentik, immich, jitsi])
  return database
}

/** The first signal asks for an orderly stop; a second Ctrl-C, a second or more later, ends at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController()
  let firstAt = 0
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted && Date.now() - firstAt > 1000) process.exit(130)
      firstAt ||= Date.now()
      controller.abort()
    })
  }
  return controller.signal
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve())
  })

process.exit(await main())
