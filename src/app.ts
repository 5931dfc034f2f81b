import { sql } from 'kysely'
import { createAccountModule, sealedColumns as sealedAccountColumns } from '#modules/account/index.ts'
import { createFooterEvaluation, createPolicyEvaluation, createQuotaEvaluation } from '#modules/admin/index.ts'
import { createContactLookup } from '#modules/contacts/index.ts'
import { createMailModule, type Running, sealedColumns } from '#modules/mail/index.ts'
import { sealedColumns as sealedNextcloudColumns } from '#modules/nextcloud/index.ts'
import { sealedColumns as sealedPhotosColumns } from '#modules/photos/index.ts'
import { createRealtimeModule } from '#modules/realtime/index.ts'
import { createSearchIndex, createSearchModule } from '#modules/search/index.ts'
import { admitRequests } from '#platform/auth/authentication.ts'
import { migrate } from '#platform/database/migrate.ts'
import { eventRoutes } from '#platform/events/event-routes.ts'
import { createEventStream } from '#platform/events/event-stream.ts'
import { eventRetention } from '#platform/events/retention.ts'
import { refuseFeaturesOff } from '#platform/http/features.ts'
import { idempotencyRetention } from '#platform/http/idempotency-retention.ts'
import { refuseWritesInMaintenance } from '#platform/http/maintenance.ts'
import { serveModules } from '#platform/http/modules.ts'
import { serveApiReference } from '#platform/http/openapi.ts'
import { serveOperations } from '#platform/http/operations-routes.ts'
import { createRateCounter } from '#platform/http/rate-counter.ts'
import { createRateLimits } from '#platform/http/rate-limits.ts'
import { createHttpServer } from '#platform/http/server.ts'
import { serveWebSockets } from '#platform/http/web-sockets.ts'
import { newId } from '#platform/ids.ts'
import { inOrder } from '#platform/in-order.ts'
import { createJobWatch } from '#platform/jobs/job-watch.ts'
import { startJobs } from '#platform/jobs/jobs.ts'
import { joinNodes } from '#platform/jobs/nodes.ts'
import { createHostGuard } from '#platform/network/host-guard.ts'
import { createOrphanCollection } from '#platform/objects/orphan-collection.ts'
import type { HealthCheck } from '#platform/observability/health.ts'
import { registerHostGauges } from '#platform/observability/host-gauges.ts'
import { watchSecretAges } from '#platform/observability/secret-ages.ts'
import { createKeyRing } from '#platform/secrets/key-ring.ts'
import { requireKeysInUse, type SealedColumn } from '#platform/secrets/sealed-columns.ts'
import { createLiveSettings } from '#platform/settings/live-settings.ts'
import { sealedColumns as sealedWebhookColumns } from '#platform/webhooks/secret-store.ts'
import { createWebhooks } from '#platform/webhooks/webhooks.ts'
import { createAdministration } from './app/administration.ts'
import { interactionsBySearch } from './app/interactions.ts'
import { createMeet } from './app/meet.ts'
import { moduleList } from './app/module-list.ts'
import { createNextcloudSuite } from './app/nextcloud-suite.ts'
import { createObjects } from './app/objects.ts'
import { createPhotos } from './app/photos.ts'
import { type AppOptions, createPlatform } from './app/platform.ts'

/** Every column that holds what the key ring sealed. */
export const allSealedColumns: readonly SealedColumn[] = [
  ...sealedColumns,
  ...sealedAccountColumns,
  ...sealedWebhookColumns,
  ...sealedNextcloudColumns,
  ...sealedPhotosColumns,
]

/** Builds ultid from its parts. Nothing listens, migrates or works before `start`. */
export async function createApp(options: AppOptions) {
  const { config, secrets, log } = options
  const nodeId = newId()
  const platform = await createPlatform(options)
  const { database, cache, metrics, tracing, upstreams, pool } = platform
  const objects = await createObjects(options, upstreams)
  const keyRing = createKeyRing(secrets.credentialKeys, secrets.activeCredentialKeyId)
  const counter = createRateCounter(cache)
  const limits = createRateLimits(counter, config.http.rateLimits)
  const settings = createLiveSettings({ ...platform, log })
  const policies = createPolicyEvaluation({ database, settings })
  const quotas = createQuotaEvaluation({ database, settings })
  const footers = createFooterEvaluation({ database, settings })
  const account = createAccountModule({
    ...{ ...platform, limits, policies },
    log,
    keyRing,
    config: {
      ...config,
      ...config.http,
      oidc: { ...config.oidc, clientSecret: secrets.oidcClientSecret },
    },
  })
  const { authenticate, endings } = account
  const meet = createMeet({
    ...{ ...platform, config, secrets },
    plannedElsewhere: (actor, range) => nextcloud.plannedMeetings(actor, range),
  })
  const nextcloud = createNextcloudSuite({
    ...{ ...platform, config, secrets, log, keyRing, objects, searchIndex: createSearchIndex() },
    // Mail takes files of the drive; calendars and contacts hear of mail once it runs.
    ...{ deviceRoutes: account.deviceRoutes, meet: meet?.links, mail: () => mail, policy: policies.sharing },
    correspondence: { writtenAfter: (...asked) => mail.correspondence.writtenAfter(...asked) },
    interactions: interactionsBySearch(() => search.find),
  })
  const mail = createMailModule({
    nodeId,
    ...platform,
    log,
    ...{ objects, keyRing, settings, policies: { ...policies.mail, quota: quotas.limit, footers } },
    contacts: config.nextcloud.isEnabled ? createContactLookup(platform) : undefined,
    config: { ...config.mail, ...config.network, ...config.http },
    oauthSecrets: secrets.mailOAuth,
    ...{ drive: nextcloud.drive, calendarParts: nextcloud.calendarParts },
    eraseOwner: (...asked) => admin.eraseOwner(...asked),
  })
  const photos = createPhotos({
    ...{ ...platform, config, secrets, log, keyRing },
    ...{ drive: nextcloud.drive, mail: mail.attachments },
  })
  const checks: HealthCheck[] = []
  const admin = createAdministration({
    ...{ ...platform, config, secrets, log, account, mail, meet, photos, nextcloud, version: options.version },
    objectReferences: () => objectReferences,
    ...{ objects, checks, settings, quotas, keyRing, sealedColumns: allSealedColumns },
  })
  const probes = { prefix: 'probe/', isReferenced: async () => new Set<string>() }
  const objectReferences = [
    ...[...mail.objectReferences, ...nextcloud.objectReferences, ...admin.objectReferences, probes],
  ]
  const realtime = createRealtimeModule({ ...platform, authenticate, endings, log, config: config.realtime })
  const webhooks = createWebhooks({
    ...platform,
    log,
    keyRing,
    guard: createHostGuard({ allow: config.network.allowPrivateHosts }),
    sharedSecret: secrets.webhookSharedSecret,
    catalogs: [mail.webhooks, ...(meet ? [meet.webhooks] : []), ...nextcloud.catalogs],
  })
  const search = createSearchModule({
    ...{ ...platform, contents: nextcloud.contents, log },
    sources: [mail.searchSource, ...nextcloud.searchSources, ...(photos ? [photos.searchSource] : [])],
  })
  const directory = config.objects.kind === 'directory' ? config.objects.directory : '.'
  registerHostGauges({ metrics, log }, { directory, publicUrl: config.http.publicUrl })
  checks.push(
    { name: 'database', check: async () => void (await sql`select 1`.execute(database)) },
    { name: 'cache', check: cache.check },
    { name: 'objects', check: objects.check },
    ...nextcloud.checks,
    ...admin.checks,
    ...(photos?.checks ?? []),
  )

  const isTls = config.http.publicUrl.startsWith('https:')
  const http = createHttpServer({ ...config.http, log, metrics, tracing, isTls })
  refuseWritesInMaintenance(http, settings)
  refuseFeaturesOff(http, settings)
  admitRequests(http, { authenticate, devices: account.devicePasswords, limits })
  await serveWebSockets(http)
  await serveApiReference(http, {
    ...{ publicUrl: config.http.publicUrl, version: options.version },
    webhooks: webhooks.document,
  })
  serveOperations(http, { checks, metrics })
  if (config.roles.includes('api')) {
    serveModules(http, moduleList(config))
    await http.register(account.authRoutes, { prefix: '/api/v1/auth' })
    await http.register(account.routes, { prefix: '/api/v1/account' })
    await http.register(admin.ownRoutes, { prefix: '/api/v1/account' })
    await http.register(mail.routes, { prefix: '/api/v1/mail' })
    await http.register(mail.inMailboxes(webhooks.routesOf('mail')), { prefix: '/api/v1/mail' })
    if (meet) {
      await http.register(meet.routes, { prefix: '/api/v1/meet' })
      await http.register(webhooks.routesOf('meet'), { prefix: '/api/v1/meet' })
    }
    await http.register(search.routes, { prefix: '/api/v1' })
    await http.register(eventRoutes(createEventStream({ database })), { prefix: '/api/v1' })
    await http.register(realtime.routes, { prefix: '/api/v1/realtime' })
    await http.register(realtime.streamRoutes, { prefix: '/api/v1' })
    await http.register(realtime.socketRoutes)
    await nextcloud.registerRoutes(http)
    await http.register(admin.routes, { prefix: '/api/v1/admin' })
    for (const routes of mail.adminRoutes) await http.register(routes, { prefix: '/api/v1/admin' })
    for (const { module } of nextcloud.catalogs) {
      await http.register(webhooks.routesOf(module), { prefix: `/api/v1/${module}` })
    }
    await photos?.registerRoutes(http)
  }

  const watchJob = createJobWatch({ metrics, tracing, database, log })
  const running: Running[] = []
  async function startWork(): Promise<void> {
    const issuer = config.roles.includes('api') ? await nextcloud.listen() : undefined
    if (issuer) running.push({ check: async () => undefined, stop: issuer.close })
    const node = await joinNodes({ id: nodeId, database, log, roles: config.roles })
    running.push({ check: async () => undefined, stop: node.leave })
    if (config.roles.includes('jobs')) {
      const orphans = createOrphanCollection({ objects, references: objectReferences, log })
      const jobs = await startJobs({
        pool,
        log,
        handlers: [...mail.jobs, ...webhooks.jobs, ...nextcloud.jobs, ...admin.jobs, ...search.jobs],
        sweeps: [
          ...[
            ...account.sweeps,
            ...mail.sweeps,
            ...webhooks.sweeps,
            ...nextcloud.sweeps,
            ...admin.sweeps,
            ...search.sweeps,
            ...(meet?.sweeps ?? []),
          ],
          ...[eventRetention(database), idempotencyRetention(database), orphans],
        ],
        concurrency: 4,
        watch: watchJob,
      })
      await node.announceWorkers(jobs.workerIds)
      checks.push({ name: 'jobs', check: jobs.check })
      running.push(jobs)
    }
    if (config.roles.includes('sync')) {
      const sync = mail.startSync()
      checks.push({ name: 'mail_sync', check: sync.check })
      running.push(sync)
    }
  }

  let starting: Promise<string> | undefined
  let stopping: Promise<void> | undefined
  async function stopAll(): Promise<void> {
    // What starts while it stops would be left running.
    await starting?.catch(() => undefined)
    await inOrder([
      realtime.close,
      () => http.close(),
      ...running.toReversed().map((work) => work.stop),
      mail.close,
      webhooks.close,
      search.close,
      nextcloud.close,
      admin.close,
      ...(photos ? [photos.close] : []),
      counter.close,
      settings.stop,
      cache.close,
      platform.closeDatabase,
    ])
  }
  async function startAll(): Promise<string> {
    if (config.database.isMigratedAtStart) {
      const applied = await migrate(secrets.databaseUrl)
      if (applied.length > 0) log.info({ applied }, 'database migrated')
    }
    await requireKeysInUse(database, allSealedColumns, new Set(secrets.credentialKeys.keys()))
    await settings.start()
    const ages = watchSecretAges({ ...metrics, secrets: config.rotation.secrets, log })
    running.push({ check: async () => undefined, stop: async () => ages.stop() })
    // Makes a missing bucket; an object store that is away does not keep the rest from working.
    await objects.check().catch((error) => log.warn({ err: error }, 'the object store is not ready'))
    await startWork()
    photos?.start()
    return http.listen({ host: config.http.host, port: config.http.port })
  }
  return {
    http,
    platform,
    /** Undefined while Nextcloud is off. */
    drive: nextcloud.drive,
    /** Migrates, works and listens; to be stopped also when it fails. @returns the address it listens on. */
    start: (): Promise<string> => (starting ??= startAll()),
    /** Drains requests, hands leases and jobs back, closes everything; the last thing that runs is the database. */
    stop: (): Promise<void> => (stopping ??= stopAll()),
  }
}
