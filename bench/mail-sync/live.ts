import assert from 'node:assert/strict'
import { startInstallation } from '../../test/fixtures/installation.ts'
import { plainLetter } from '../../test/fixtures/letters.ts'
import { eventually } from '../../test/harness/eventually.ts'
import type { MailBench } from '../harness/mail-bench.ts'
import { startTap } from '../harness/tap.ts'
import { printVerdicts } from '../harness/verdict.ts'
import { benchEnvironment } from './first-sync.ts'

const deliveries = 60

/** From the moment at which the server says EXISTS to the event at a WebSocket client, message by message. */
export async function measureLive(bench: MailBench): Promise<void> {
  const user = bench.dovecot.user('live')
  await bench.dovecot.deliver(user, plainLetter({ subject: 'the first' }))
  let toldAt = Number.NaN
  const tap = await startTap(bench.dovecot, (bytes) => {
    if (/^\* \d+ EXISTS\r$/m.test(bytes.toString('latin1')) && Number.isNaN(toldAt)) toldAt = performance.now()
  })
  const installation = await startInstallation(benchEnvironment)
  try {
    const person = installation.person('live', await installation.node())
    await person.synced(await person.connect(bench.accountOf(user, tap)))
    const { socket } = await person.socket()
    const seen = new Map<string, number>()
    socket.on('message', (message) => {
      const { type, data } = JSON.parse(String(message))
      if (type === 'mail.message_created') seen.set(data.subject, performance.now())
    })
    const delays: number[] = []
    for (let at = 0; at < deliveries; at++) {
      const subject = `delivery ${at}`
      toldAt = Number.NaN
      await bench.dovecot.deliver(user, plainLetter({ subject }))
      const seenAt = await eventually(() => seen.get(subject) ?? assert.fail(`${subject} was not told`), { everyMs: 5 })
      delays.push(seenAt - toldAt)
    }
    delays.sort((one, other) => one - other)
    const at = (share: number) => delays[Math.min(delays.length - 1, Math.floor(share * delays.length))] ?? Number.NaN
    console.log(`median ${at(0.5).toFixed(0)} ms, worst ${at(1).toFixed(0)} ms of ${deliveries}`)
    printVerdicts('New mail', [{ what: 'EXISTS to WebSocket, p95', measured: at(0.95), unit: 'ms', atMost: 150 }])
  } finally {
    await installation.close()
    await tap.close()
  }
}
