import assert from 'node:assert/strict'
import { startInstallation } from '../../test/fixtures/installation.ts'
import { eventually } from '../../test/harness/eventually.ts'
import type { MailBench } from '../harness/mail-bench.ts'
import { memoryOf } from '../harness/process-memory.ts'
import { printVerdicts } from '../harness/verdict.ts'
import { benchEnvironment } from './first-sync.ts'

const patience = { timeoutMs: 600_000, everyMs: 500 }

/** What accounts cost that are in step and wait: each holds a connection in IDLE. Each belongs to a person of its own. */
export async function measureIdleAccounts(bench: MailBench, count: number): Promise<void> {
  const installation = await startInstallation({ ...benchEnvironment, ULTID_RATE_LIMIT_SIGN_IN: '1000000' })
  try {
    const node = await installation.node()
    // Loads what the first account would load.
    await connect('first')
    await eventually(() => assertWatched(1), patience)
    const base = (await memoryOf(node.pid)).now
    for (let at = 0; at < count; at++) await connect(`idle${at}`)
    await eventually(() => assertWatched(count + 1), patience)
    const { now, peak } = await memoryOf(node.pid)
    console.log(
      `base ${base.toFixed(0)} MB, ${count} accounts in IDLE ${now.toFixed(0)} MB, at most ${peak.toFixed(0)} MB`,
    )
    printVerdicts('Idle accounts', [
      { what: `memory of ${count} accounts beyond the base`, measured: now - base, unit: 'MB', atMost: 250 },
    ])

    async function connect(name: string): Promise<void> {
      const person = installation.person(name, node)
      await person.connect(bench.accountOf(bench.dovecot.user(name)))
    }
  } finally {
    await installation.close()
  }

  async function assertWatched(expected: number): Promise<void> {
    const { database } = installation
    const synced = database.selectFrom('mail_account').select((eb) => eb.fn.countAll<number>().as('count'))
    const { count: done } = await synced.where('state', '=', 'synced').executeTakeFirstOrThrow()
    assert.equal(done, expected)
    const sessions = (await bench.dovecot.doveadm('who', '-1')).split('\n').filter((line) => line.includes(' imap '))
    assert(sessions.length >= expected, `${sessions.length} of ${expected} connections are there.`)
  }
}
