import { join } from 'node:path'
import { connectAccounts } from './accounts.ts'
import { startIssuer } from './issuer.ts'
import { startMail } from './mail.ts'
import { assertPortsFree, choosePorts, type Ports } from './ports.ts'
import { startPostgres, stopOrphanedPostgres } from './postgres.ts'
import { SandboxError } from './sandbox-error.ts'
import { openState, type State, stateDirOf } from './state.ts'
import { createTerminal, type Terminal } from './terminal.ts'
import { startUltid, type Ultid, type UltidOptions } from './ultid.ts'
import { ultidEnvironment } from './ultid-environment.ts'
import { restartOnChange } from './ultid-watch.ts'
import { printWelcome } from './welcome.ts'

type Closable = { close(): Promise<void> }
type Sandbox = {
  ports: Ports
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
    const ports = choosePorts(process.env.PORT)
    const state = keep(await openState(stateDirOf(process.env), `http://localhost:${ports.ultid}`))
    terminal.line(terminal.style('bold', 'Ulti sandbox'))
    const ended = Promise.withResolvers<never>()
    const onEnd = (reason: string) => (isWatching ? terminal.line(reason) : ended.reject(new SandboxError(reason)))
    const ultid = await Promise.race([
      start({ ports, state, terminal, signal, keep }, { isWatching, onEnd }),
      ended.promise,
    ])
    if (isWatching) keep(restartOnChange(ultid, terminal.line))
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
  const { ports, state, terminal, signal, keep } = sandbox
  const dataDir = join(state.dir, 'postgres')
  await stopOrphanedPostgres(dataDir)
  await assertPortsFree(ports)
  const databaseUrl = await startPeers(sandbox, dataDir)
  signal.throwIfAborted()

  const url = `http://localhost:${ports.ultid}`
  const environment = ultidEnvironment({ ports, state, databaseUrl })
  const onLine = (line: string) => terminal.line(line)
  const launch = () => startUltid({ url, signal, environment, onStart: state.noteUltid, onLine, onEnd })
  const ultid = keep(await terminal.step('ultid', launch, () => url))
  const connect = () => connectAccounts({ apiUrl: url, ports, issuerDir: join(state.dir, 'issuer') })
  const alice = await terminal.step('Accounts', connect, ({ isNew }) => (isNew ? 'connected' : 'connected before'))
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
  // All have to settle before a failure of one is reported: what started must be closed.
  await Promise.allSettled([database, issuer, mail])
  await Promise.all([issuer, mail])
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
