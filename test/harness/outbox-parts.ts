import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { createImapConnect } from '../../src/integrations/imap/imap-connect.ts'
import type { PasswordServer } from '../../src/integrations/mail-server/mail-server.ts'
import { createSmtp } from '../../src/integrations/smtp/smtp.ts'
import { accountStore } from '../../src/modules/mail/accounts/account-store.ts'
import { createConnections, secretBinding } from '../../src/modules/mail/accounts/connections.ts'
import { createMailMetrics } from '../../src/modules/mail/metrics.ts'
import { createOutbox } from '../../src/modules/mail/outbox/outbox.ts'
import { outboxJobs } from '../../src/modules/mail/outbox/outbox-jobs.ts'
import type { OutboxMessage } from '../../src/modules/mail/outbox/outbox-wire.ts'
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
  const outbox = createOutbox({ database, transact, objects })
  const shared = {
    ...{ database, transact, events, objects, log, wake: createWake(cache) },
    connections: createConnections({ database, keyRing, grants: noGrants }),
    imapConnect: createImapConnect({ guard, log, isPlaintextAllowed: true }),
    smtp: createSmtp({ guard, log, isPlaintextAllowed: true }),
  }

  return {
    ...shared,
    outbox,
    /** Another process that runs the outbox's jobs. `attend` and `file` do what the two jobs do. */
    startProcess({ claimSeconds = 60 } = {}) {
      const metrics = createMailMetrics(createMetrics())
      const { handlers, sweeps } = outboxJobs({ ...shared, metrics, claimSeconds })
      const [transmit, fileSent] = handlers
      const ref = ({ ownerId }: Account, { id }: OutboxMessage) => ({ ownerId, id })
      return {
        metrics,
        sweep: () => Promise.all(sweeps.map((sweep) => sweep.run())),
        attend: async (account: Account, message: OutboxMessage) => transmit?.run(ref(account, message)),
        file: async (account: Account, message: OutboxMessage) => fileSent?.run(ref(account, message)),
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
      const body = { mail_account_id: mailAccountId, to: recipients, subject: 'Hello', text: 'Hi' }
      return (await outbox.create(ownerId, body)).body
    },
    view: ({ ownerId }: Account, { id }: OutboxMessage) => outbox.view(ownerId, id),
    /** Lets time pass for everything in the outbox: what was to be done in `seconds` is to be done now. */
    async pass(seconds: number): Promise<void> {
      await sql`update mail_outbox set next_attempt_at = next_attempt_at - make_interval(secs => ${seconds}),
        claimed_until = claimed_until - make_interval(secs => ${seconds}),
        not_before = not_before - make_interval(secs => ${seconds}),
        sent_at = sent_at - make_interval(secs => ${seconds})`.execute(database)
    },
    async secondsToNextAttempt({ id }: OutboxMessage): Promise<number> {
      const { rows } = await sql<{ seconds: number }>`
        select extract(epoch from next_attempt_at - now())::float8 as seconds from mail_outbox
        where id = ${id}`.execute(database)
      return rows[0]?.seconds ?? Number.NaN
    },
    async eventTypes({ ownerId }: Account): Promise<string[]> {
      return (await events.readAfter(ownerId, 0, 100)).map(({ type }) => type)
    },
    /** The queued jobs, as `name id`. */
    async queuedJobs(): Promise<string[]> {
      const { rows } = await sql<{ key: string }>`select key from graphile_worker.jobs order by key`.execute(database)
      return rows.map(({ key }) => key)
    },
    async close(): Promise<void> {
      await close()
      await cache.close()
      await Promise.all([testDatabase.drop(), directory.remove()])
    },
  }
}

export type OutboxParts = Awaited<ReturnType<typeof startOutboxParts>>
