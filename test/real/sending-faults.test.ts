import { after, before, suite, test } from 'node:test'
import { startInstallation } from '../fixtures/installation.ts'
import { runSendingBatch } from '../fixtures/sending-batch.ts'
import { namesOf, type SendingServers } from '../fixtures/sending-runs.ts'
import { startDovecot } from '../harness/dovecot.ts'
import { startPostfix } from '../harness/postfix.ts'
import { skipWithoutDovecot, skipWithoutPostfix } from '../harness/servers.ts'

/** Accounts that send at the same time. */
const batchSize = 20
const batches = Number(process.env.ULTI_SOAK_SENDING ?? batchSize) / batchSize

suite('sending while all goes wrong', { skip: skipWithoutDovecot || skipWithoutPostfix }, () => {
  let servers: SendingServers
  before(async () => {
    const dovecot = await startDovecot()
    const names = Array.from({ length: batchSize }, (_, at) => Object.values(namesOf(at))).flat()
    servers = { dovecot, postfix: await startPostfix(dovecot, names), installation: await startInstallation() }
  })
  after(async () => {
    await servers.installation.close()
    await servers.postfix.close()
    await servers.dovecot.close()
  })

  for (let batch = 0; batch < batches; batch++) {
    const seeds = Array.from({ length: batchSize }, (_, at) => 1 + batch * batchSize + at)
    test(`nothing is sent twice unasked, and nothing is lost, in the runs ${seeds[0]} to ${seeds.at(-1)}`, () =>
      runSendingBatch(servers, seeds))
  }
})
