import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import pg from 'pg'
import { pino } from 'pino'
import { startPostgres } from '../sandbox/postgres.ts'
import { type Lease, leaseStore } from '../src/modules/mail/sync/lease-store.ts'
import { createLeases } from '../src/modules/mail/sync/leases.ts'
import { createDatabase } from '../src/platform/database/database.ts'
import { migrate } from '../src/platform/database/migrate.ts'
import { newId } from '../src/platform/ids.ts'
import { freePort } from '../test/harness/free-port.ts'
import { createTempDir } from '../test/harness/temp-dir.ts'
import { median } from './harness/median.ts'
import { printVerdicts } from './harness/verdict.ts'

/**
 * What a million mail accounts ask of the table of leases, on a PostgreSQL with that many rows: the claims of nodes that
 * find nothing, that take over from a dead one, and that all start at once; renewals; memory of a node; connections.
 * `node bench/leases.ts [--accounts 1000000] [--per-node 5000]`
 */
const { values } = parseArgs({
  options: { accounts: { type: 'string', default: '1000000' }, 'per-node': { type: 'string', default: '5000' } },
})
const accounts = Number(values.accounts)
const perNode = Number(values['per-node'])
const nodeCount = Math.ceil(accounts / perNode)
/** See supervisor.ts: the time of a lease, how often nodes look, how many they take. */
const seconds = 30
const claimEverySeconds = 3
const claimsAtOnce = 50
const poolSize = 12
/** Neither is synced: its password was changed, or its owner paused it. */
const idleShare = 0.02

const data = await createTempDir('bench-leases')
const settings = { shared_buffers: '1GB', max_wal_size: '8GB', max_connections: 100, jit: 'off' }
const server = await startPostgres({ dataDir: data.path, port: await freePort(), isDurable: true, settings })
await server.createDatabase('ulti')
const { database, transact, close } = createDatabase({ url: server.url('ulti'), poolSize, onError: () => undefined })
// Without the limits that hold for a node.
const direct = new pg.Client(server.url('ulti'))
const run = (text: string, given: readonly unknown[] = []) => direct.query(text, [...given])

/** Milliseconds of each of `count` runs. */
async function times(count: number, work: (at: number) => Promise<unknown>): Promise<number[]> {
  const taken: number[] = []
  for (let at = 0; at < count; at++) {
    const before = performance.now()
    await work(at)
    taken.push(performance.now() - before)
  }
  return taken
}

/** Accounts by turns to each node, paused ones to nobody. */
async function fill(nodes: readonly string[]): Promise<void> {
  await run('set synchronous_commit to off')
  await run(
    `insert into principal (id, issuer, subject)
      select gen_random_uuid(), 'https://id.example', n::text from generate_series(1, $1::int) as n`,
    [accounts],
  )
  const endpoint = '{"host":"mail.example.test","port":993}'
  await run(
    `insert into mail_account (owner_id, id, email, imap, smtp, imap_secret, smtp_secret, state, last_synced_at)
      select id, gen_random_uuid(), subject || '@example.test', $1, $1, 'sealed', 'sealed',
        case when subject::int % $2::int = 0 then 'paused' else 'synced' end, now() - random() * interval '1 minute'
      from principal`,
    [endpoint, Math.round(1 / idleShare)],
  )
  await run(
    `insert into mail_lease (owner_id, mail_account_id, node_id, epoch, expires_at)
      select owner_id, id, case when state <> 'paused' then ($1::uuid[])[1 + floor(random() * $2)::int] end, 1,
        case when state <> 'paused' then clock_timestamp() + interval '1 hour' else '-infinity' end
      from mail_account`,
    [nodes, nodes.length],
  )
  await run('vacuum analyze mail_lease')
  await run('vacuum analyze mail_account')
}

async function leasesOf(nodeId: string): Promise<Lease[]> {
  const rows = await database
    .selectFrom('mail_lease')
    .select(['owner_id', 'mail_account_id', 'epoch'])
    .where('node_id', '=', nodeId)
    .execute()
  return rows.map((row) => ({ ownerId: row.owner_id, mailAccountId: row.mail_account_id, nodeId, epoch: row.epoch }))
}

const claim = (nodeId = newId()) => leaseStore.claim(database, nodeId, { seconds, limit: claimsAtOnce })
const walBytes = async () => {
  const { rows } = await sql<{ bytes: number }>`select pg_current_wal_lsn() - '0/0'::pg_lsn as bytes`.execute(database)
  return Number(rows[0]?.bytes)
}

/** Bytes of a node's heap for each lease that it keeps renewed. */
function memoryOfLeases(leases: readonly Lease[]): number {
  const before = process.memoryUsage().heapUsed
  const held = leases.map((lease) => holder.hold(lease))
  return (process.memoryUsage().heapUsed - before) / held.length
}
const holder = createLeases({ database, transact, log: pino({ level: 'silent' }), leaseSeconds: 3600 })

try {
  await migrate(server.url('ulti'))
  await direct.connect()
  console.log(`${accounts} accounts, ${nodeCount} nodes with ${perNode} each`)
  const nodes = Array.from({ length: nodeCount }, newId)
  await fill(nodes)

  // A look that finds nothing to claim puts off what it need not see again: for the first time here, everything.
  const putOffs = await times(Math.ceil((accounts * idleShare) / 1000), () => leaseStore.putOff(database))
  console.log(`put off: ${putOffs.length} times, ${median(putOffs).toFixed(1)} ms each`)
  await run('vacuum mail_lease')
  const nothing = await times(9, async () => {
    await claim()
    await leaseStore.putOff(database)
  })
  const own = await leasesOf(nodes[0] ?? '')
  const walBefore = await walBytes()
  const renewing = await times(7, () => leaseStore.renew(database, own, seconds))
  const walPerLease = ((await walBytes()) - walBefore) / 7 / own.length

  await run(`update mail_lease set expires_at = clock_timestamp() - interval '1 second' where node_id = $1`, [nodes[1]])
  const takingOver = await times(20, () => claim())

  await run(`update mail_lease set expires_at = '-infinity', node_id = null`)
  await run('vacuum analyze mail_lease')
  const starting = await times(9, () => claim())
  const memory = memoryOfLeases(own)

  const busy = (milliseconds: number, everySeconds: number) => (milliseconds / 1000 / everySeconds) * nodeCount
  const renewBusy = busy(median(renewing), seconds / 3)
  const claimBusy = busy(median(nothing), claimEverySeconds)
  const startSeconds = (accounts / claimsAtOnce) * (median(starting) / 1000)
  console.log(
    `renewal of ${own.length} leases: ${median(renewing).toFixed(0)} ms, ${walPerLease.toFixed(0)} bytes of WAL each`,
  )
  console.log(`connections: ${nodeCount} nodes with pools of ${poolSize} are ${nodeCount * poolSize} at most`)
  printVerdicts(`Leases of ${accounts} accounts`, [
    { what: 'a look for free leases that finds none', measured: median(nothing), unit: 'ms', atMost: 20 },
    { what: `claim of ${claimsAtOnce} of a dead node`, measured: median(takingOver), unit: 'ms', atMost: 30 },
    { what: `claim of ${claimsAtOnce} while all are free`, measured: median(starting), unit: 'ms', atMost: 50 },
    { what: 'a decision, by account', measured: (median(starting) / claimsAtOnce) * 1000, unit: 'µs', atMost: 1000 },
    { what: 'all claimed, one claim after another', measured: startSeconds, unit: 's', atMost: 600 },
    { what: 'backends busy with looks', measured: claimBusy, unit: 'at once', atMost: 2 },
    { what: 'backends busy with renewals', measured: renewBusy, unit: 'at once', atMost: 8 },
    { what: 'WAL of renewals', measured: (walPerLease * accounts) / (seconds / 3) / 1e6, unit: 'MB/s', atMost: 50 },
    { what: 'memory of a lease in its node', measured: memory, unit: 'bytes', atMost: 2000 },
  ])
} finally {
  await direct.end()
  await close()
  await server.close()
  await data.remove()
}
process.exit(0)
