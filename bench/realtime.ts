import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPostgres } from '../sandbox/postgres.ts'
import { freePort } from '../test/harness/free-port.ts'
import { startIssuer } from '../test/harness/issuer.ts'
import { createTempDir } from '../test/harness/temp-dir.ts'
import { median } from './harness/median.ts'
import { printVerdicts } from './harness/verdict.ts'
import type { Arrival, Connecting } from './realtime/clients-process.ts'
import type { Command, Weight } from './realtime/measured-server.ts'

/**
 * How soon 2,000 sockets of a node have an event, from before its commit, and what they weigh; beside bare `ws` that sends
 * the same text. They take turns. `node bench/realtime.ts [--sockets 2000] [--rounds 40]`
 */
const { values } = parseArgs({
  options: { sockets: { type: 'string', default: '2000' }, rounds: { type: 'string', default: '40' } },
})
const count = Number(values.sockets)
const files = await createTempDir('bench')
const postgres = await startPostgres({ dataDir: join(files.path, 'pg'), port: await freePort(), isDurable: true })
process.env.ULTI_TEST_PG_URL = postgres.url('postgres')
const issuer = await startIssuer()
const token = await issuer.token({ sub: 'alice' }, { expiresInSeconds: 3600 })

const filler = 'x'.repeat(900)
const text = JSON.stringify({ type: 'mail.message_created', seq: 1, at: new Date().toISOString(), data: { filler } })
const run = (name: string, args: string[] = []): ChildProcess =>
  fork(join(import.meta.dirname, 'realtime', `${name}.ts`), args, { execArgv: ['--expose-gc'] })
const clients = run('clients-process')

type Times = { whole: number; afterwards: number }
type Server = { child: ChildProcess; url: string; kilobytes: number; heapKilobytes: number; times: Times[] }

async function start(name: string, args: string[], greetings: number): Promise<Server> {
  const child = run(name, args)
  const [url] = (await once(child, 'message')) as [string]
  const connect = async (count: number, stays: boolean) => {
    clients.send({ url, token, count, greetings, stays } satisfies Connecting)
    await once(clients, 'message')
    return weigh(child)
  }
  // What is made for the first that come is there for all.
  const before = await connect(100, false)
  const after = await connect(count, true)
  const each = (of: keyof Weight) => (after[of] - before[of]) / count / 1000
  return { child, url, kilobytes: each('resident'), heapKilobytes: each('heap'), times: [] }
}

async function weigh(child: ChildProcess): Promise<Weight> {
  child.send('weigh' satisfies Command)
  const [weight] = await once(child, 'message')
  return weight
}

/** Milliseconds until every client has an event; and from when `say` was done, which for ultid is the commit. */
async function round({ child, url }: Server): Promise<Times> {
  const startedAt = process.hrtime.bigint()
  const done = once(child, 'message') as Promise<[string]>
  child.send('say' satisfies Command)
  for (;;) {
    const [arrival] = (await once(clients, 'message')) as [Arrival]
    if (arrival.url !== url) continue
    const since = (then: bigint) => Number(BigInt(arrival.at) - then) / 1e6
    return { whole: since(startedAt), afterwards: since(BigInt((await done)[0])) }
  }
}

const bare = await start('bare-process', [text], 0)
const ultid = await start('ultid-process', [issuer.url, token, filler], 1)
// Until both are compiled.
for (let at = 0; at < 5; at++) for (const server of [bare, ultid]) await round(server)
for (let at = 0; at < Number(values.rounds); at++) {
  for (const server of [bare, ultid]) server.times.push(await round(server))
}
const ratio = (of: keyof Times) =>
  median(ultid.times.map((times, at) => times[of] / (bare.times[at]?.whole ?? Number.NaN)))
for (const [name, { times, kilobytes, heapKilobytes }] of Object.entries({ 'bare ws': bare, ultid })) {
  console.log(
    `${name.padEnd(7)} ${median(times.map(({ whole }) => whole)).toFixed(1)} ms to ${count} sockets, ` +
      `${kilobytes.toFixed(1)} kB resident and ${heapKilobytes.toFixed(1)} kB of heap each`,
  )
}
printVerdicts('Realtime', [
  { what: `an event to ${count} sockets, against bare ws`, measured: ratio('whole'), unit: 'times', atMost: 1.5 },
  { what: 'that from its commit', measured: ratio('afterwards'), unit: 'times', atMost: 1.5 },
  { what: 'resident memory of a socket', measured: ultid.kilobytes, unit: 'kB', atMost: 25 },
  { what: 'heap of a socket', measured: ultid.heapKilobytes, unit: 'kB', atMost: 25 },
])
for (const { child } of [bare, ultid]) child.kill()
clients.kill()
await Promise.all([issuer.close(), postgres.close()])
await files.remove()
process.exit(0)
