import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { createImapConnect } from '../../src/integrations/imap/imap-connect.ts'
import type { PasswordServer } from '../../src/integrations/mail-server/mail-server.ts'
import { createSmtp } from '../../src/integrations/smtp/smtp.ts'
import { accountStore } from '../../src/modules/mail/accounts/account-store.ts'
import { createConnections, secretBinding } from '../../src/modules/mail/accounts/connections.ts'
import { createDraftCopies } from '../../src/modules/mail/drafts/draft-copies.ts'
import { createDraftHandover } from '../../src/modules/mail/drafts/draft-handover.ts'
import { createMailMetrics } from '../../src/modules/mail/metrics.ts'
import { createOutbox } from '../../src/modules/mail/outbox/outbox.ts'
import { createOutboxActs } from '../../src/modules/mail/outbox/outbox-acts.ts'
import { outboxJobs } from '../../src/modules/mail/outbox/outbox-jobs.ts'
import type { OutboxMessage } from '../../src/modules/mail/outbox/outbox-wire.ts'
import { createSending } from '../../src/modules/mail/outbox/sending.ts'
import { createWake } from '../../src/modules/mail/wake.ts'
import { createMemoryCache } from '../../src/platform/cache/memory-cache.ts'
import { createDatabase } from '../../src/platform/database/database.ts'
import { createEvents } from '../../src/platform/events/events.ts'
import { newId } from '../../src/platform/ids.ts'
import { createHostGuard } from '../../src/platform/network/host-guard.ts'
import { createDirectoryObjects } from '../../src/platform/objects/directory-objects.ts'
import { createLog } from '../../src/platform/observability/log.ts'
import { createMetrics } from '../../src/platform/observability/metrics.ts'
import { createKeyRing } from '../../src/platform/secrets/key-ring.ts'
import { createTestDatabase } from './database.ts'
import { createTempDir } from './temp-dir.ts'

/** Accounts here have passwords. */
const noGrants = {
  accessTokenOf: () => assert.fail('no account here has a grant'),
  renew: () => assert.fail('no account here has a grant'),
}

export type Login = Pick<PasswordServer, 'port' | 'username' | 'password'>
export type Account = { ownerId: string; mailAccountId: string }

/**
 * The outbox on a database and objects of its own, without the rest of ultid: its jobs run when a test says so, and in
 * as many processes as it likes.
 */
export async function startOutboxParts() {
  const [testDatabase, directory] = await Promise.all([createTestDatabase(), createTempDir('outbox')])
  const { database, transact, close } = createDatabase({ url: testDatabase.url, poolSize: 6, onError: () => undefined })
  const log = createLog({ level: 'silent', format: 'json' })
  const guard = createHostGuard({ allow: ['127.0.0.1'] })
  const keyRing = createKeyRing(new Map([['test', Buffer.alloc(32, 1)]]), 'test')
  const objects = createDirectoryObjects(directory.path)
  const events = createEvents(database, () => undefined)
  const cache = createMemoryCache()
  const wake = createWake(cache)
  const drafts = {
    ...createDraftHandover({ copies: createDraftCopies({ wake }), now: () => new Date() }),
    open: () => assert.fail('no draft here was written by another program'),
  }
  const outboxDeps = { database, transact, events, drafts, sending: createSending() }
  const outbox = createOutbox(outboxDeps)
  const shared = {
    ...{ database, transact, events, objects, log, wake },
    connections: createConnections({ database, keyRing, grants: noGrants }),
    imapConnect: createImapConnect({ guard, log, isPlaintextAllowed: true }),
    smtp: createSmtp({ guard, log, isPlaintextAllowed: true }),
  }
  const processes: { stop(): Promise<void> }[] = []

  return {
    ...shared,
    outbox,
    sending: outboxDeps.sending,
    acts: createOutboxActs(outboxDeps),
    /** Another process that runs the outbox's jobs. `attend` and `file` do what the two jobs do, to their end. */
    startProcess({ claimSeconds = 60 } = {}) {
      const metrics = createMailMetrics(createMetrics())
      const jobs = outboxJobs({ ...shared, metrics, claimSeconds })
      processes.push(jobs)
      return {
        metrics,
        sweep: () => Promise.all(jobs.sweeps.map((sweep) => sweep.run())),
        async attend(account: Account): Promise<void> {
          await jobs.transmissions.wake(account)
          await jobs.transmissions.settled(account)
        },
        async file(account: Account): Promise<void> {
          await jobs.filings.wake(account)
          await jobs.filings.settled(account)
        },
        stop: jobs.stop,
      }
    },
    async addAccount(imap: Login, smtp: Login): Promise<Account> {
      const [ownerId, id] = [newId(), newId()]
      const endpoint = ({ port, username }: Login) => ({ host: '127.0.0.1', port, security: 'none' as const, username })
      await database.insertInto('principal').values({ id: ownerId, issuer: 'test', subject: ownerId }).execute()
      const account = { id, email: 'alice@example.test', name: 'Alice', imap: endpoint(imap), smtp: endpoint(smtp) }
      const imapSecret = keyRing.encrypt(imap.password, secretBinding(id, 'imap'))
      const smtpSecret = keyRing.encrypt(smtp.password, secretBinding(id, 'smtp'))
      await transact((tx) => accountStore.insert(tx, ownerId, { ...account, imapSecret, smtpSecret }))
      return { ownerId, mailAccountId: id }
    },
    async write({ ownerId, mailAccountId }: Account, ...to: string[]): Promise<OutboxMessage> {
      const recipients = (to.length > 0 ? to : ['bob@example.test']).map((email) => ({ email }))
      const body = { mail_account_id: mailAccountId, to: recipients, subject: 'Hello', text: 'Hi', undo_seconds: 0 }
      return (await outbox.create(ownSender(ownerId), body)).body
    },
    view: ({ ownerId }: Account, { id }: OutboxMessage) => outbox.view(ownerId, id),
    /** Lets time pass for everything in the outbox: what was to be done in `seconds` is to be done now. */
    async pass(seconds: number): Promise<void> {
      await sql`update mail_outbox set next_attempt_at = next_attempt_at - make_interval(secs => ${seconds}),
        claimed_until = claimed_until - make_interval(secs => ${seconds}),
        not_before = not_before - make_interval(secs => ${seconds}),
        tried_since = tried_since - make_interval(secs => ${seconds}),
        filing_since = filing_since - make_interval(secs => ${seconds}),
        sent_at = sent_at - make_interval(secs => ${seconds})`.execute(database)
    },
    /** In milliseconds, as Date.now() tells them. */
    async times({ id }: OutboxMessage): Promise<{ nextAttemptAt: number; claimedUntil: number }> {
      const times = await database
        .selectFrom('mail_outbox')
        .select(['next_attempt_at', 'claimed_until'])
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      return {
        nextAttemptAt: times.next_attempt_at?.getTime() ?? Number.NaN,
        claimedUntil: times.claimed_until?.getTime() ?? Number.NaN,
      }
    },
    async secondsToNextAttempt({ id }: OutboxMessage): Promise<number> {
      const { rows } = await sql<{ seconds: number }>`
        select extract(epoch from next_attempt_at - now())::float8 as seconds from mail_outbox
        where id = ${id}`.execute(database)
      return rows[0]?.seconds ?? Number.NaN
    },
    /** But for those that tell of what an owner did. */
    async eventTypes({ ownerId }: Account): Promise<string[]> {
      const types = (await events.readAfter(ownerId, 0, 1000)).map(({ type }) => type)
      return types.filter((type) => !/^mail\.(outbox|draft)_/.test(type))
    },
    /** The queued jobs, as `name id`. */
    async queuedJobs(): Promise<string[]> {
      const { rows } = await sql<{ key: string }>`select key from graphile_worker.jobs order by key`.execute(database)
      return rows.map(({ key }) => key)
    },
    /** As if all of them had been lost. */
    async forgetJobs(): Promise<void> {
      await sql`select graphile_worker.complete_jobs(array(select id from graphile_worker.jobs))`.execute(database)
    },
    async close(): Promise<void> {
      await Promise.all(processes.map((process) => process.stop()))
      await close()
      await cache.close()
      await Promise.all([testDatabase.drop(), directory.remove()])
    },
  }
}

export type OutboxParts = Awaited<ReturnType<typeof startOutboxParts>>

/** Somebody who sends in their own mail. */
export const ownSender = (ownerId: string) => ({
  ...{ ownerId, actorId: ownerId, origin: { address: null, userAgent: '' } },
})
