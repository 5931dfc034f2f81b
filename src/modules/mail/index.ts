import { resolveMx, resolveSrv } from 'node:dns/promises'
import { createImapConnect } from '#integrations/imap/imap-connect.ts'
import { watchImap, watchSmtp } from '#integrations/mail-server/watched-mail-servers.ts'
import { createSmtp } from '#integrations/smtp/smtp.ts'
import { createCookies } from '#platform/auth/session-cookie.ts'
import type { JobHandler, Sweep } from '#platform/jobs/jobs.ts'
import { createGuardedFetch } from '#platform/network/guarded-fetch.ts'
import { createHostGuard } from '#platform/network/host-guard.ts'
import type { SealedColumn } from '#platform/secrets/sealed-columns.ts'
import { createAccountAccess } from './accounts/account-access.ts'
import { createAccountChanges } from './accounts/account-changes.ts'
import { accountControlRoutes } from './accounts/account-control-routes.ts'
import { accountJobs } from './accounts/account-deletion.ts'
import { createAccountPauses } from './accounts/account-pauses.ts'
import { accountRoutes } from './accounts/account-routes.ts'
import { createAccounts } from './accounts/accounts.ts'
import { secretBinding } from './accounts/connections.ts'
import { createPersonMail } from './accounts/person-mail.ts'
import { createServerCheck } from './accounts/server-check.ts'
import { createActs } from './acts/acts-wiring.ts'
import { type ArrivalConsumer, arrivalJobs } from './arrivals/arrivals.ts'
import { type CalendarPartReceiver, createCalendarPartArrivals } from './arrivals/calendar-parts.ts'
import { writtenMailStore } from './correspondents/written-mail-store.ts'
import { createDiscovery } from './discovery/discovery.ts'
import { discoveryRoutes } from './discovery/discovery-routes.ts'
import { createDraftCopies, draftCopyJobs } from './drafts/draft-copies.ts'
import { createDraftLoading } from './drafts/draft-loading.ts'
import { draftRoutes } from './drafts/draft-routes.ts'
import { createDraftSync } from './drafts/draft-sync.ts'
import { createDrafts } from './drafts/drafts.ts'
import { folderChangeRoutes } from './folders/folder-change-routes.ts'
import { createFolderChanges } from './folders/folder-changes.ts'
import { registerMailGauges } from './gauges.ts'
import { createIdentities } from './identities/identities.ts'
import { identityRoutes } from './identities/identity-routes.ts'
import { createOwnAddresses } from './identities/own-addresses.ts'
import type { MailDeps } from './mail-deps.ts'
import { createMailboxes } from './mailboxes/mailboxes.ts'
import { createMailMetrics } from './metrics.ts'
import { createAuthorizations } from './oauth/authorizations.ts'
import { createConnect } from './oauth/connect.ts'
import { sealedGrantColumns } from './oauth/grants.ts'
import { oauthRoutes } from './oauth/oauth-routes.ts'
import { createMailOperations } from './operations/mail-operations.ts'
import { createOutbox } from './outbox/outbox.ts'
import { outboxActRoutes } from './outbox/outbox-act-routes.ts'
import { createOutboxActs } from './outbox/outbox-acts.ts'
import { outboxJobs } from './outbox/outbox-jobs.ts'
import { outboxObjects } from './outbox/outbox-objects.ts'
import { outboxRoutes } from './outbox/outbox-routes.ts'
import { createSending } from './outbox/sending.ts'
import { createFolderStore } from './reading/folder-store.ts'
import { createMessageStore } from './reading/message-store.ts'
import { readingRoutes } from './reading/reading.ts'
import { createReplies } from './replies/replies.ts'
import { replyRoutes } from './replies/reply-routes.ts'
import { followUpSweep } from './reports/follow-ups.ts'
import { createSentReports } from './reports/sent-reports.ts'
import { createMailRules } from './rules/mail-rules.ts'
import { createMailSearchSource } from './search/search-source.ts'
import { createMailSearchStore } from './search/search-store.ts'
import { createDownloads } from './source/downloads.ts'
import { createMessageSource } from './source/message-source.ts'
import { startSyncSupervisor } from './sync/supervisor.ts'
import { dailyBytesOf } from './sync/traffic.ts'
import { wordsSweep } from './sync/words-store.ts'
import { templateRoutes } from './templates/template-routes.ts'
import { createTemplates } from './templates/templates.ts'
import { createTransfer } from './transfer/transfer.ts'
import { createMessageFiles } from './uploads/message-files.ts'
import { createUploadCopies } from './uploads/upload-copies.ts'
import { uploadRoutes } from './uploads/upload-routes.ts'
import { unusedUploads, uploadObjects } from './uploads/upload-sweep.ts'
import { createUploads, type IncomingFile } from './uploads/uploads.ts'
import { createVacationReplies } from './vacation/vacation-replies.ts'
import { vacationRoutes } from './vacation/vacation-routes.ts'
import { createVacations } from './vacation/vacations.ts'
import { createViewing } from './view/viewing.ts'
import { createWake } from './wake.ts'
import { createMailWebhooks } from './webhooks/mail-webhooks.ts'

export { accountCensusStore } from './accounts/account-census-store.ts'
export { createMailAccountProbes, type MailAccountProbes } from './accounts/account-probes.ts'
export type { OwnAddresses } from './identities/own-addresses.ts'
export { mailboxReaders } from './mailboxes/access-store.ts'
export type { MailSending } from './outbox/sending.ts'
export { mailReindex } from './search/reindex-store.ts'
export type { CalendarPartReceiver }

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
  const { pool, database, transact, events, log, config } = deps
  const metrics = createMailMetrics(deps.metrics)
  const wake = createWake(deps.cache)
  const guard = createHostGuard({ allow: config.allowPrivateHosts })
  const { isPlaintextAllowed } = config
  const imapConnect = watchImap(createImapConnect({ guard, log, isPlaintextAllowed }), deps.upstreams)
  const smtp = watchSmtp(createSmtp({ guard, log, isPlaintextAllowed }), deps.upstreams)
  const guardedFetch = createGuardedFetch(guard)
  const { oauth, providers, grants, connections } = createAccountAccess({ ...deps, wake, http: guardedFetch })
  const accountDeps = { ...deps, wake, checkServers: createServerCheck({ imapConnect, smtp }) }

  const folderStore = createFolderStore(database)
  const store = createMessageStore(database)
  const downloads = createDownloads({ connections, connect: imapConnect })
  const source = createMessageSource({ downloads, store })
  const maxBytes = config.attachmentMaxBytes
  const uploads = createUploads({ ...deps, maxBytes })
  const templates = createTemplates(deps)
  const files = createMessageFiles({ ...deps, source, uploads })
  const loading = createDraftLoading({ database, transact, messages: store, source, files })
  const copies = createDraftCopies({ wake })
  const drafts = createDrafts({ database, transact, events, templates, copies, loading })
  const acts = createActs({ ...deps, wake, messages: store, folders: folderStore })

  const sending = createSending()
  const outboxDeps = { database, transact, events, sending, drafts, policies: deps.policies }
  const outboxActs = createOutboxActs(outboxDeps)
  const viewing = createViewing({
    ...{ ...deps, http: guardedFetch, messages: store, source, sending },
    trustedAuthservIds: config.trustedAuthservIds,
  })
  const rules = createMailRules({
    ...{
      ...deps,
      sending,
      downloads,
      files,
      acts: acts.acts,
      ensureLabel: acts.ensureLabel,
      messages: store,
      bodies: viewing.contents,
    },
    trustedAuthservIds: config.trustedAuthservIds,
  })

  const transfer = createTransfer({ ...deps, connections, imapConnect, wake, maxImportBytes: config.importMaxBytes })

  const signIn = {
    ...{ database, oauth, providers, log, publicUrl: config.publicUrl },
    cookies: createCookies(config),
    origins: new Set(config.corsOrigins),
  }
  registerMailGauges(deps)
  const mailboxes = createMailboxes({ ...accountDeps, eraseOwner: deps.eraseOwner })
  const plugins = [
    accountRoutes(createAccounts({ ...accountDeps, heldBy: mailboxes.access.heldBy, endMailbox: mailboxes.end })),
    ...mailboxes.plugins,
    accountControlRoutes(createAccountChanges(accountDeps), createAccountPauses(accountDeps)),
    discoveryRoutes(
      createDiscovery({ http: guardedFetch, resolveSrv, resolveMx, oauthProviders: config.oauthProviders }),
    ),
    oauthRoutes(createAuthorizations({ ...signIn, connect: createConnect({ ...accountDeps, grants }) })),
    ...readingRoutes({ pool, folders: folderStore }),
    folderChangeRoutes(createFolderChanges({ transact, events, wake, folders: folderStore })),
    ...viewing.plugins,
    ...transfer.plugins,
    ...acts.routes,
    identityRoutes(createIdentities(deps)),
    templateRoutes(templates),
    draftRoutes(drafts),
    replyRoutes(createReplies({ ...deps, drafts, messages: store, bodies: viewing.contents, source, files })),
    uploadRoutes(
      uploads,
      createUploadCopies({ ...deps, uploads, messages: store, source, drive: deps.drive, maxBytes }),
    ),
    outboxRoutes(createOutbox(outboxDeps)),
    outboxActRoutes(outboxActs),
    vacationRoutes(createVacations(deps)),
    ...rules.routes,
  ]
  const routes = mailboxes.inMailboxes(async (http) => {
    for (const plugin of plugins) await http.register(plugin)
  })
  const outbox = outboxJobs({
    ...deps,
    metrics,
    connections,
    smtp,
    imapConnect,
    wake,
    claimSeconds: outboxClaimSeconds,
  })
  // Everybody who looks at each new message; see the README.
  const consumers: readonly ArrivalConsumer[] = [
    createSentReports({ database, source }),
    createVacationReplies({ database, source, sending }),
    createCalendarPartArrivals({ ...config, source, receive: deps.calendarParts }),
    ...rules.consumers,
  ]
  const arrivals = arrivalJobs(deps, consumers)
  const jobs: JobHandler[] = [
    ...accountJobs(deps),
    ...mailboxes.handlers,
    ...draftCopyJobs(wake),
    ...acts.handlers,
    ...outbox.handlers,
    ...rules.handlers,
    ...arrivals.handlers,
    ...transfer.handlers,
  ]
  const sweeps: Sweep[] = [
    ...mailboxes.sweeps,
    ...outbox.sweeps,
    ...acts.sweeps,
    ...rules.sweeps,
    ...arrivals.sweeps,
    ...viewing.sweeps,
    ...transfer.sweeps,
    followUpSweep(deps),
    wordsSweep(database),
    unusedUploads(deps),
  ]
  return {
    routes,
    /** Lets other routes of mail be about mailboxes in which somebody has a role. */
    inMailboxes: mailboxes.inMailboxes,
    /** For administrators, below their addresses. */
    adminRoutes: [rules.adminRoutes, mailboxes.adminRoutes],
    jobs,
    sweeps,
    /** What mail sends by webhooks. */
    webhooks: createMailWebhooks({ messages: store, folders: folderStore }),
    /** For modules that do things to messages, such as rules. */
    acts: acts.acts,
    searchSource: createMailSearchSource({
      store: createMailSearchStore(transact),
      readableBy: mailboxes.access.readableBy,
    }),
    /** Keeps the accounts whose leases this node gets in step with their servers. */
    startSync: (): Running =>
      startSyncSupervisor({
        ...{ ...deps, metrics, wake, imapConnect, connections, drafts: createDraftSync(deps) },
        leaseSeconds: config.leaseSeconds,
        dailyBytes: dailyBytesOf(config.dailyBytes),
      }),
    /** Whom people wrote to, for contacts. */
    correspondence: {
      writtenAfter: (ownerId: string, after: string | undefined, limit: number) =>
        writtenMailStore.after(database, ownerId, after, limit),
    },
    /** For administration. */
    operations: createMailOperations({ database, events, outboxActs }),
    persons: createPersonMail({ database, wake }),
    personData: { ...transfer.personData, transfer: mailboxes.handOver },
    /** Takes files of other modules to be attached. What breaks them off is told as their source tells it. */
    attachments: {
      attach: (ownerId: string, file: IncomingFile) =>
        uploads.create(ownerId, { whenBroken: (error: unknown) => error, ...file }),
    },
    /** Puts a message into the outbox, in the caller's transaction. */
    sending,
    ...createOwnAddresses(),
    /** Begins a message for its owner to go on with; `parts` of another module go with it. */
    createDraft: drafts.create,
    /** The objects that mail keeps; all others below these prefixes are orphans. */
    objectReferences: [
      outboxObjects(database),
      uploadObjects(database),
      ...viewing.objectReferences,
      ...transfer.objectReferences,
    ],
    async close() {
      await outbox.stop()
      downloads.stop()
      await guardedFetch.close()
    },
  }
}
