import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import { startInstallation } from '../test/fixtures/installation.ts'
import { eventually } from '../test/harness/eventually.ts'
import type { Ultid } from '../test/harness/processes.ts'
import { startMailBench } from './harness/mail-bench.ts'
import { memoryOf } from './harness/process-memory.ts'
import { processorTimeOf } from './harness/process-time.ts'
import { printVerdicts } from './harness/verdict.ts'
import { benchEnvironment } from './mail-sync/first-sync.ts'

/**
 * What one node and its database hold while nobody does anything: at rest, with mail accounts that wait in IDLE, with
 * sockets that wait for events; and what that makes for a thousand users with an account and two sockets each.
 * `node bench/footprint.ts [--accounts 500] [--sockets 2000] [--seconds 60]`
 */
const { values } = parseArgs({
  options: {
    accounts: { type: 'string', default: '500' },
    sockets: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '60' },
  },
})
const [accounts, sockets, seconds] = [values.accounts, values.sockets, values.seconds].map(Number) as [
  number,
  number,
  number,
]
const socketsOfUser = 2
const socketsOfPerson = Math.ceil(sockets / accounts)
const patience = { timeoutMs: 600_000, everyMs: 500 }

const bench = await startMailBench()
const installation = await startInstallation({
  ...benchEnvironment,
  ULTID_RATE_LIMIT_SIGN_IN: '1000000',
  ULTID_REALTIME_CONNECTIONS_PER_PERSON: String(socketsOfPerson + 1),
})
try {
  const node = await installation.node()
  await delay(5000)
  const rest = (await memoryOf(node.pid)).now
  await connectAccounts(node, 1, 'first')
  const [base, emptyBytes] = [(await settledMemory(node.pid)).now, await databaseBytes()]

  await connectAccounts(node, accounts, 'idle')
  const [withAccounts, fullBytes] = [(await settledMemory(node.pid)).now, await databaseBytes()]
  const idleCpu = await processorShare(node.pid)

  for (let at = 0; at < accounts; at++) {
    const person = installation.person(`idle${at}`, node)
    await Promise.all(Array.from({ length: socketsOfPerson }, () => person.socket()))
  }
  const withSockets = (await settledMemory(node.pid)).now
  const busyCpu = await processorShare(node.pid)

  const perAccount = (withAccounts - base) / accounts
  const perSocket = (withSockets - withAccounts) / (accounts * socketsOfPerson)
  const rows: readonly [string, string, string][] = [
    ['at rest', `${rest.toFixed(0)} MB`, ''],
    ['with the first mail account', `${base.toFixed(0)} MB`, ''],
    [`with ${accounts} accounts in IDLE`, `${withAccounts.toFixed(0)} MB`, `${percent(idleCpu)} of a core`],
    [`and ${accounts * socketsOfPerson} sockets`, `${withSockets.toFixed(0)} MB`, `${percent(busyCpu)} of a core`],
  ]
  for (const [what, memory, cpu] of rows) console.log(`${what.padEnd(32)} ${memory.padStart(8)}  ${cpu}`)
  printVerdicts('Footprint of a node', [
    { what: 'at rest', measured: rest, unit: 'MB', atMost: 250 },
    { what: `${accounts} accounts in IDLE, beyond the first`, measured: withAccounts - base, unit: 'MB', atMost: 250 },
    { what: 'a socket', measured: perSocket * 1000, unit: 'kB', atMost: 25 },
    {
      what: 'a thousand users, an account and two sockets each',
      measured: 1000 * (perAccount + socketsOfUser * perSocket),
      unit: 'MB',
      atMost: 600,
    },
    { what: 'that in processor time', measured: (busyCpu / accounts) * 1000, unit: 'cores', atMost: 0.2 },
    {
      what: 'that in the database, without mail',
      measured: ((fullBytes - emptyBytes) / accounts / 1e6) * 1000,
      unit: 'MB',
      atMost: 100,
    },
  ])

  /** Once what the work before left behind is collected. */
  async function settledMemory(pid: number) {
    await delay(10_000)
    return memoryOf(pid)
  }

  async function processorShare(pid: number): Promise<number> {
    const before = await processorTimeOf(pid)
    await delay(seconds * 1000)
    return ((await processorTimeOf(pid)) - before) / (seconds * 1000)
  }

  async function databaseBytes(): Promise<number> {
    const { rows: found } = await sql<{ bytes: string }>`select pg_database_size(current_database()) as bytes`.execute(
      installation.database,
    )
    return Number(found[0]?.bytes)
  }
} finally {
  await installation.close()
  await bench.close()
}

/** Empty mailboxes, each of a person of its own; resolves when each is in step and held in IDLE. */
async function connectAccounts(node: Ultid, count: number, name: string): Promise<void> {
  for (let at = 0; at < count; at++) {
    const user = bench.dovecot.user(`${name}${at}`)
    await installation.person(`${name}${at}`, node).connect(bench.accountOf(user))
  }
  await eventually(async () => {
    const rows = await installation.database.selectFrom('mail_account').select('state').execute()
    assert.ok(rows.every(({ state }) => state === 'synced'))
    const sessions = (await bench.dovecot.doveadm('who', '-1')).split('\n').filter((line) => line.includes(' imap '))
    assert.ok(sessions.length >= rows.length, `${sessions.length} of ${rows.length} connections are there.`)
  }, patience)
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
