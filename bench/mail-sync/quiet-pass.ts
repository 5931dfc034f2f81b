import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { startInstallation } from '../../test/fixtures/installation.ts'
import { eventually } from '../../test/harness/eventually.ts'
import { startFaultProxy } from '../../test/harness/fault-proxy.ts'
import type { MailBench } from '../harness/mail-bench.ts'
import { printVerdicts } from '../harness/verdict.ts'
import { benchEnvironment } from './first-sync.ts'

const folders = 50

/** What a look at all folders costs when nothing is new: the commands that the server gets, IDLE and its end aside. */
export async function measureQuietPass(bench: MailBench): Promise<void> {
  const user = bench.dovecot.user('quiet')
  const client = await bench.dovecot.connect(user)
  const known = (await client.list()).length
  for (let at = known; at < folders; at++) await client.mailboxCreate(`Folder ${at}`)
  await client.logout()
  const proxy = await startFaultProxy({ target: bench.dovecot })
  const installation = await startInstallation(benchEnvironment)
  try {
    const person = installation.person('quiet', await installation.node())
    const account = await person.connect(bench.accountOf(user, proxy))
    await person.synced(account)
    await eventually(() => assert(proxy.commands(/^IDLE/).length > 0))
    proxy.forgetTranscript()
    console.log('waiting for the next pass, up to a minute')
    await eventually(() => assert(proxy.commands(/^LIST/).length > 0), { timeoutMs: 120_000, everyMs: 200 })
    await delay(500)
    const commands = proxy.commands().filter((command) => !/^(IDLE|DONE)$/.test(command))
    console.log(commands.map((command) => `  ${command.slice(0, 110)}`).join('\n'))
    printVerdicts(`A pass over ${folders} folders without news`, [
      { what: 'commands', measured: commands.length, unit: '', atMost: 1 },
    ])
  } finally {
    await installation.close()
    await proxy.close()
  }
}
