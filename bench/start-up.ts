import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startPostgres } from '../sandbox/postgres.ts'
import { startInstallation } from '../test/fixtures/installation.ts'
import { freePort } from '../test/harness/free-port.ts'
import { createTempDir } from '../test/harness/temp-dir.ts'
import { median } from './harness/median.ts'
import { memoryOf } from './harness/process-memory.ts'
import { printVerdicts } from './harness/verdict.ts'

/**
 * How long ultid takes from its start until `/readyz` answers 200, on a database that is up to date, and how much memory
 * it holds then; beside a process that starts Fastify and nothing else. `node bench/start-up.ts`
 */
const runs = 7
const data = await createTempDir('bench')
const place = { dataDir: join(data.path, 'postgres'), port: await freePort() }
const postgres = await startPostgres({ ...place, isDurable: false, settings: { max_connections: 100 } })
process.env.ULTI_TEST_PG_URL = postgres.url('postgres')
process.env.NODE_COMPILE_CACHE = join(data.path, 'compiled')
const installation = await startInstallation()

const bareSource = `const http = require('fastify')(); http.get('/readyz', async () => ({ ok: true }))
http.listen({ port: Number(process.argv[1]), host: '127.0.0.1' })`

type Start = { ms: number; megabytes: number }
async function startUltid(): Promise<Start> {
  const startedAt = performance.now()
  const node = await installation.node()
  const ms = performance.now() - startedAt
  // What its start leaves behind is collected soon.
  await delay(3000)
  const { now: megabytes } = await memoryOf(node.pid)
  await node.kill('SIGTERM')
  return { ms, megabytes }
}

async function startBare(): Promise<Start> {
  const [port, startedAt] = [await freePort(), performance.now()]
  const child = spawn(process.execPath, ['-e', bareSource, String(port)], { stdio: 'ignore' })
  while (!(await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok) await delay(10)
  const ms = performance.now() - startedAt
  const { now: megabytes } = await memoryOf(child.pid ?? 0)
  child.kill()
  await once(child, 'exit')
  return { ms, megabytes }
}

const [ultids, bares] = [[], []] as [ultid: Start[], bare: Start[]]
// The first brings the database up to date and fills the compile cache.
for (let run = 0; run <= runs; run++) {
  const pair = [await startUltid(), await startBare()] as const
  if (run === 0) continue
  ultids.push(pair[0])
  bares.push(pair[1])
}
const of = (starts: readonly Start[], name: keyof Start) => median(starts.map((one) => one[name]))
for (const [name, all] of Object.entries({ ultid: ultids, fastify: bares })) {
  console.log(`${name.padEnd(8)} ready after ${of(all, 'ms').toFixed(0)} ms with ${of(all, 'megabytes').toFixed(0)} MB`)
}
printVerdicts('Start of a node', [
  { what: 'until it is ready', measured: of(ultids, 'ms'), unit: 'ms', atMost: 3000 },
  {
    what: 'against a process with Fastify alone',
    measured: of(ultids, 'ms') / of(bares, 'ms'),
    unit: 'times',
    atMost: 10,
  },
  { what: 'memory at rest', measured: of(ultids, 'megabytes'), unit: 'MB', atMost: 250 },
])
await installation.close()
await postgres.close()
await data.remove()
