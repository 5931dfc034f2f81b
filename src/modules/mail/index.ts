import { resolveMx, resolveSrv } from 'node:dns/promises'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Pool } from 'pg'
import type { Config } from '#config/config.ts'
import { createImapConnect } from '#integrations/imap/imap-connect.ts'
import { watchImap, watchSmtp } from '#integrations/mail-server/watched-mail-servers.ts'
import { createSmtp } from '#integrations/smtp/smtp.ts'
import { createCookies } from '#platform/auth/session-cookie.ts'
import type { Cache } from '#platform/cache/cache.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import type { JobHandler, Sweep } from '#platform/jobs/jobs.ts'
import { createGuardedFetch } from '#platform/network/guarded-fetch.ts'
import { createHostGuard } from '#platform/network/host-guard.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Metrics } from '#platform/observability/metrics.ts'
import type { Upstreams } from '#platform/observability/upstreams.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import type { SealedColumn } from '#platform/secrets/sealed-columns.ts'
import { createAccountAccess } from './accounts/account-access.ts'
import { createAccountChanges } from './accounts/account-changes.ts'
import { accountControlRoutes } from './accounts/account-control-routes.ts'
import { accountJobs } from './accounts/account-deletion.ts'
import { createAccountPauses } from './accounts/account-pauses.ts'
import { accountRoutes } from './accounts/account-routes.ts'
import { createAccounts } from './accounts/accounts.ts'
import { secretBinding } from './accounts/connections.ts'
import { createServerCheck } from './accounts/server-check.ts'
import { changeRoutes } from './changes/change-routes.ts'
import { createMessageChanges } from './changes/message-changes.ts'
import { createDiscovery } from './discovery/discovery.ts'
import { discoveryRoutes } from './discovery/discovery-routes.ts'
import { folderChangeRoutes } from './folders/folder-change-routes.ts'
import { createFolderChanges } from './folders/folder-changes.ts'
import { registerMailGauges } from './gauges.ts'
import { createMailMetrics } from './metrics.ts'
import { createAuthorizations } from './oauth/authorizations.ts'
import { createConnect } from './oauth/connect.ts'
import { sealedGrantColumns } from './oauth/grants.ts'
import { oauthRoutes } from './oauth/oauth-routes.ts'
import { createOutbox } from './outbox/outbox.ts'
import { outboxJobs } from './outbox/outbox-jobs.ts'
import { outboxObjects } from './outbox/outbox-objects.ts'
import { outboxRoutes } from './outbox/outbox-routes.ts'
import { createAttachments } from './reading/attachments.ts'
import { downloadRoutes } from './reading/download-routes.ts'
import { createDownloads } from './reading/downloads.ts'
import { folderRoutes } from './reading/folder-routes.ts'
import { createFolderStore } from './reading/folder-store.ts'
import { createFolders } from './reading/folders.ts'
import { createMessageBodies } from './reading/message-bodies.ts'
import { createMessageListStore } from './reading/message-list-store.ts'
import { messageRoutes } from './reading/message-routes.ts'
import { createMessageSource } from './reading/message-source.ts'
import { createMessageStore } from './reading/message-store.ts'
import { createMessages } from './reading/messages.ts'
import { createThreadListStore } from './reading/thread-list-store.ts'
import { threadRoutes } from './reading/thread-routes.ts'
import { createThreads } from './reading/threads.ts'
import { createMailSearchSource } from './search-source.ts'
import { createMailSearchStore } from './search-store.ts'
import { startSyncSupervisor } from './sync/supervisor.ts'
import { dailyBytesOf } from './sync/traffic.ts'
import { wordsSweep } from './sync/words-store.ts'
import { createWake } from './wake.ts'

export { accountCensusStore } from './accounts/account-census-store.ts'
export { createMailAccountProbes, type MailAccountProbes } from './accounts/account-probes.ts'

export type MailDeps = {
  nodeId: string
  pool: Pool
  database: Database
  transact: Transact
  events: Events
  cache: Cache
  objects: Objects
  keyRing: KeyRing
  log: Logger
  metrics: Metrics
  upstreams: Upstreams
  config: Config['mail'] & Config['network'] & Pick<Config['http'], 'publicUrl' | 'corsOrigins'>
  /** Client secrets of the OAuth providers, by name. */
  oauthSecrets: ReadonlyMap<string, string>
}

/** Something that runs until it is stopped; `check` throws when it no longer works. */
export type Running = { check(): Promise<void>; stop(): Promise<void> }

/** A worker that gave no sign of life for this long is taken for dead, and its message looked after by another. */
const outboxClaimSeconds = 60

/** Where mail keeps what the key ring sealed. */
export const sealedColumns: readonly SealedColumn[] = [
  ...(['imap', 'smtp'] as const).map((use) => ({
    table: 'mail_account',
    column: `${use}_secret`,
    bindingOf: (mailAccountId: string) => secretBinding(mailAccountId, use),
  })),
  ...sealedGrantColumns,
]

/** Mail over any IMAP/SMTP account. */
export function createMailModule(deps: MailDeps) {
  const { pool, database, transact, events, keyRing, log, config } = deps
  const metrics = createMailMetrics(deps.metrics)
  const wake = createWake(deps.cache)
  const guard = createHostGuard({ allow: config.allowPrivateHosts })
  const { isPlaintextAllowed } = config
  const imapConnect = watchImap(createImapConnect({ guard, log, isPlaintextAllowed }), deps.upstreams)
  const smtp = watchSmtp(createSmtp({ guard, log, isPlaintextAllowed }), deps.upstreams)
  const guardedFetch = createGuardedFetch(guard)
  const { oauth, providers, grants, connections } = createAccountAccess({ ...deps, wake, http: guardedFetch })
  const checkServers = createServerCheck({ imapConnect, smtp })
  const accountDeps = { database, transact, events, wake, keyRing, checkServers }

  const folderStore = createFolderStore(database)
  const store = createMessageStore(database)
  const downloads = createDownloads({ connections, connect: imapConnect })
  const source = createMessageSource({ downloads, store })
  const bodies = createMessageBodies({ source, transact, log })
  const messages = createMessages({ list: createMessageListStore(pool), store, folders: folderStore, bodies })
  const changes = createMessageChanges({ transact, messages: store, events, wake })

  const signIn = {
    ...{ database, oauth, providers, log, publicUrl: config.publicUrl },
    cookies: createCookies(config),
    origins: new Set(config.corsOrigins),
  }
  registerMailGauges(deps)
  const plugins = [
    accountRoutes(createAccounts(accountDeps)),
    accountControlRoutes(createAccountChanges(accountDeps), createAccountPauses(accountDeps)),
    discoveryRoutes(
      createDiscovery({ http: guardedFetch, resolveSrv, resolveMx, oauthProviders: config.oauthProviders }),
    ),
    oauthRoutes(createAuthorizations({ ...signIn, connect: createConnect({ ...accountDeps, grants }) })),
    folderRoutes(createFolders({ store: folderStore })),
    folderChangeRoutes(createFolderChanges({ transact, events, wake, folders: folderStore })),
    messageRoutes(messages),
    threadRoutes(createThreads({ store: createThreadListStore(pool), folders: folderStore })),
    downloadRoutes(createAttachments({ store, source })),
    changeRoutes(changes),
    outboxRoutes(createOutbox(deps)),
  ]
  const routes: FastifyPluginAsyncTypebox = async (http) => {
    for (const plugin of plugins) await http.register(plugin)
  }
  const outbox = outboxJobs({
    ...deps,
    metrics,
    connections,
    smtp,
    imapConnect,
    wake,
    claimSeconds: outboxClaimSeconds,
  })
  const jobs: JobHandler[] = [...accountJobs(deps), ...outbox.handlers]
  const sweeps: Sweep[] = [...outbox.sweeps, wordsSweep(database)]
  return {
    routes,
    jobs,
    sweeps,
    searchSource: createMailSearchSource({ store: createMailSearchStore(transact) }),
    /** Keeps the accounts whose leases this node gets in step with their servers. */
    startSync: (): Running =>
      startSyncSupervisor({
        ...{ ...deps, metrics, wake, imapConnect, connections },
        leaseSeconds: config.leaseSeconds,
        dailyBytes: dailyBytesOf(config.dailyBytes),
      }),
    /** The objects that mail keeps; all others below these prefixes are orphans. */
    objectReferences: [outboxObjects(database)],
    async close() {
      downloads.stop()
      await guardedFetch.close()
    },
  }
}
