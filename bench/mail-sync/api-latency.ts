import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { startInstallation } from '../../test/fixtures/installation.ts'
import { eventually } from '../../test/harness/eventually.ts'
import { latencyP99 } from '../harness/load.ts'
import type { MailBench } from '../harness/mail-bench.ts'
import type { Corpus } from '../harness/mail-corpus.ts'
import { printVerdicts } from '../harness/verdict.ts'
import { benchEnvironment } from './first-sync.ts'

const mailboxes = 5
const rate = 50
const seconds = 15

/** The first page of a folder, 50 times a second, from an ultid that idles and then from the same while mailboxes sync. */
export async function measureApiLatency(bench: MailBench, small: Corpus, large: Corpus): Promise<void> {
  const reader = await bench.mailbox('reader', small)
  const users = []
  for (let at = 0; at < mailboxes; at++) users.push(await bench.mailbox(`busy${at}`, large))
  const installation = await startInstallation(benchEnvironment)
  try {
    const node = await installation.node()
    const person = installation.person('reader', node)
    await person.synced(await person.connect(bench.accountOf(reader)), { timeoutMs: 120_000 })
    await eventually(() => assertSettled(), { timeoutMs: 300_000, everyMs: 500 })
    const inbox = await person.folder('INBOX')
    const load = {
      url: `${node.url}/api/v1/mail/messages?folder_id=${inbox.id}&limit=50`,
      headers: {
        authorization: `Bearer ${await installation.issuer.token({ sub: 'reader' }, { expiresInSeconds: 3600 })}`,
      },
      ...{ connections: 5, seconds },
    }
    await latencyP99({ ...load, seconds: 3 }, rate)
    const idle = await latencyP99(load, rate)
    const busy = installation.person('busy', node)
    for (const user of users) await busy.connect(bench.accountOf(user))
    await delay(500)
    const syncing = await latencyP99(load, rate)
    await assert.rejects(assertSettled(), 'The mailboxes were synced before the measurement ended: take larger ones.')
    console.log(`p99 idle ${idle.toFixed(1)} ms, while ${mailboxes} mailboxes sync ${syncing.toFixed(1)} ms`)
    printVerdicts('API while mailboxes sync', [
      { what: 'p99 syncing / p99 idle', measured: syncing / Math.max(idle, 1), unit: '×', atMost: 3 },
    ])
  } finally {
    await installation.close()
  }

  async function assertSettled(): Promise<void> {
    const open = installation.database.selectFrom('mail_pending_body').select('message_id')
    assert.equal(await open.limit(1).executeTakeFirst(), undefined)
  }
}
