import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { type Installation, type Person, type Summary, startInstallation } from '../../test/fixtures/installation.ts'
import type { MailUser } from '../../test/harness/dovecot-users.ts'
import { eventually } from '../../test/harness/eventually.ts'
import { startFaultProxy } from '../../test/harness/fault-proxy.ts'
import type { MailBench } from '../harness/mail-bench.ts'
import { memoryOf } from '../harness/process-memory.ts'

export type FirstSync = {
  /** From the answer to POST /accounts until 50 rows of INBOX were read through the API. */
  firstRowsSeconds: number
  /** From the request of POST /accounts, which signs in twice, until the folder's count was whole. */
  listedSeconds: number
  /** The same until each message was indexed. */
  searchableSeconds: number
  /** The same until bodies were complete, HTML included. */
  completeSeconds: number
  /** What the server had sent until all was searchable. */
  fetchedBytes: number
  peakMegabytes: number
}

const patience = { timeoutMs: 900_000 }

/** Environment of an ultid that is measured: quiet, and not slowed by limits on persons. */
export const benchEnvironment = {
  ULTID_LOG_LEVEL: 'warn',
  ULTID_RATE_LIMIT_PERSON: '1000000',
  ULTID_RATE_LIMIT_ADDRESS: '1000000',
}

/** Connects a mailbox of `expected` messages to a fresh ultid and waits until all of it is there. */
export async function measureFirstSync(
  bench: MailBench,
  { user, expected, delayMs }: { user: MailUser; expected: number; delayMs: number },
): Promise<FirstSync> {
  const proxy = await startFaultProxy({ target: bench.dovecot, protocol: 'bytes' })
  if (delayMs > 0) proxy.rules.add({ fault: 'delay', ms: delayMs / 2 })
  const installation = await startInstallation(benchEnvironment)
  try {
    const node = await installation.node()
    const person = installation.person('bench', node)
    // Seen once, so that making the person and fetching the issuer's keys is not measured.
    await person.get('/api/v1/mail/accounts')
    const requestedAt = performance.now()
    const since = (start: number) => (performance.now() - start) / 1000
    await person.connect(bench.accountOf(user, proxy))
    const connectedAt = performance.now()
    await untilRowsAreShown(person, Math.min(50, expected))
    const firstRowsSeconds = since(connectedAt)
    await eventually(async () => assert.equal((await person.folder('INBOX')).total_count, expected), patience)
    const listedSeconds = since(requestedAt)
    let fetchedBytes = 0
    await untilNone(installation, 'words', () => {
      fetchedBytes = proxy.connections.reduce((sum, { passed }) => sum + passed.server, 0)
    })
    const searchableSeconds = since(requestedAt)
    await assertSearchable(installation, expected)
    await untilNone(installation, 'html')
    const completeSeconds = since(requestedAt)
    const { peak } = await memoryOf(node.pid)
    return { firstRowsSeconds, listedSeconds, searchableSeconds, completeSeconds, fetchedBytes, peakMegabytes: peak }
  } finally {
    await installation.close()
    await proxy.close()
  }
}

async function untilRowsAreShown(person: Person, count: number): Promise<void> {
  const inbox = await eventually(() => person.folder('INBOX'), { ...patience, everyMs: 5 })
  await eventually(
    async () => {
      const { items } = await person.get<{ items: Summary[] }>(
        `/api/v1/mail/messages?folder_id=${inbox.id}&limit=${count}`,
      )
      assert.equal(items.length, count)
    },
    { ...patience, everyMs: 5 },
  )
}

/** Asks for the oldest that is left, as an index has it: to count them again and again would cost as much as to sync. */
async function untilNone({ database }: Installation, form: 'words' | 'html', whileLeft = () => {}): Promise<void> {
  const account = await database.selectFrom('mail_account').select(['owner_id', 'id']).executeTakeFirstOrThrow()
  const oldest = database
    .selectFrom('mail_pending_body')
    .select('message_id')
    .where('owner_id', '=', account.owner_id)
    .where('mail_account_id', '=', account.id)
    .where('form', '=', form)
    .orderBy('received_at')
    .limit(1)
  while (await oldest.executeTakeFirst()) {
    whileLeft()
    await delay(20)
  }
}

async function assertSearchable({ database }: Installation, expected: number): Promise<void> {
  const all = database.selectFrom('mail_search').select((eb) => eb.fn.countAll<number>().as('count'))
  assert.equal((await all.executeTakeFirstOrThrow()).count, expected)
}
