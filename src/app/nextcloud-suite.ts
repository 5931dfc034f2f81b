import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Config, Secrets } from '#config/config.ts'
import { createAuthentikClient } from '#integrations/authentik/authentik-client.ts'
import type { PersonData } from '#modules/admin/index.ts'
import { type CalendarDeps, createCalendarModule } from '#modules/calendar/index.ts'
import { type ContactsDeps, createBirthdayLookup, createContactsModule } from '#modules/contacts/index.ts'
import { createDavModule } from '#modules/dav/index.ts'
import { createDriveModule, type DriveDeps, type DriveFiles } from '#modules/drive/index.ts'
import type { CalendarPartReceiver } from '#modules/mail/index.ts'
import type { PlannedElsewhere } from '#modules/meet/index.ts'
import { createNextcloudModule, type NextcloudAdministration, type NextcloudDeps } from '#modules/nextcloud/index.ts'
import type { ContentSource, SearchIndex, SearchSource } from '#modules/search/index.ts'
import { refuseModule } from '#platform/http/modules.ts'
import type { HttpServer } from '#platform/http/server.ts'
import type { JobHandler, Sweep } from '#platform/jobs/jobs.ts'
import type { ObjectReferences } from '#platform/objects/orphan-collection.ts'
import type { HealthCheck } from '#platform/observability/health.ts'
import type { WebhookCatalog } from '#platform/webhooks/catalog.ts'
import { authentikDirectory } from './authentik-directory.ts'

type Closable = { close(): Promise<void> }

/** Nextcloud and the modules that stand on it, to be joined with the rest by app.ts. */
export type NextcloudSuite = {
  registerRoutes(http: HttpServer): Promise<void>
  jobs: readonly JobHandler[]
  sweeps: readonly Sweep[]
  checks: readonly HealthCheck[]
  /** Opens files, so that the text in them is found. */
  contents: readonly ContentSource[]
  /** What is found beside what modules put into the index. */
  searchSources: readonly SearchSource[]
  /** Undefined where nobody's account there can be administered. */
  administration: NextcloudAdministration | undefined
  /** What people have there. */
  personData: readonly PersonData[]
  /** Undefined while it is off. */
  drive: DriveFiles | undefined
  /** Meetings that stand in people's calendars. */
  plannedMeetings: PlannedElsewhere
  /** Takes up invitations that arrive by mail; undefined without calendars. */
  calendarParts: CalendarPartReceiver | undefined
  /** What its modules send by webhooks. */
  catalogs: readonly WebhookCatalog[]
  /** Which objects they use. */
  objectReferences: readonly ObjectReferences[]
  /** What listens beside the API, on nodes that serve it. */
  listen(): Promise<Closable | undefined>
  close(): Promise<void>
}

export type NextcloudSuiteDeps = Omit<NextcloudDeps, 'config' | 'adminPassword'> &
  Omit<DriveDeps, 'nextcloud' | 'links' | 'publicUrl'> &
  Omit<CalendarDeps, 'nextcloud' | 'config' | 'birthdays' | 'drive' | 'publicUrl'> & {
    config: Config
    secrets: Secrets
    /** Where the modules write what is to be found of them. */
    searchIndex: SearchIndex
    correspondence: ContactsDeps['correspondence']
    interactions: ContactsDeps['interactions']
    /** Of the account module. */
    deviceRoutes: FastifyPluginAsyncTypebox
  }

export function createNextcloudSuite(deps: NextcloudSuiteDeps): NextcloudSuite {
  const { config, secrets } = deps
  if (!config.nextcloud.isEnabled) return switchedOff
  const { nextcloudAdminPassword: adminPassword } = secrets
  const nextcloud = createNextcloudModule({ ...deps, config: config.nextcloud, adminPassword })
  const drive = createDriveModule({ ...deps, ...nextcloud, publicUrl: config.http.publicUrl })
  const authentik = authentikOf(deps)
  const contacts = createContactsModule({
    ...{ ...deps, ...nextcloud, config: config.nextcloud.contacts },
    directorySources: authentik ? [authentikDirectory(authentik)] : [],
  })
  const calendar = createCalendarModule({
    ...{ ...deps, ...nextcloud, birthdays: createBirthdayLookup(deps) },
    ...{ drive: drive.files, publicUrl: config.http.publicUrl },
    config: { ...config.calendar, ...config.network },
  })
  const dav = createDavModule({ ...nextcloud, watch: calendar.deviceWrites })
  return {
    async registerRoutes(http) {
      await http.register(nextcloud.routes, { prefix: '/api/v1/account' })
      await http.register(deps.deviceRoutes, { prefix: '/api/v1/account' })
      await http.register(dav.routes)
      await http.register(drive.routes, { prefix: '/api/v1/drive' })
      await http.register(contacts.routes, { prefix: '/api/v1/contacts' })
      await http.register(calendar.routes, { prefix: '/api/v1/calendar' })
      await http.register(contacts.adminRoutes, { prefix: '/api/v1/admin' })
      await http.register(calendar.adminRoutes, { prefix: '/api/v1/admin' })
    },
    jobs: [...drive.jobs, ...calendar.jobs, ...contacts.jobs],
    contents: [drive.contents],
    searchSources: [contacts.searchSource],
    sweeps: [...nextcloud.sweeps, ...drive.sweeps, ...contacts.sweeps, ...calendar.sweeps],
    drive: drive.files,
    catalogs: [drive.webhooks, calendar.webhooks, contacts.webhooks],
    plannedMeetings: calendar.plannedMeetings,
    calendarParts: calendar.calendarParts,
    objectReferences: [...drive.objectReferences, ...contacts.objectReferences],
    checks: [{ name: 'nextcloud', check: nextcloud.check, isEssential: false }],
    administration: nextcloud.administration,
    personData: [nextcloud.personData, calendar.personData],
    listen: nextcloud.startIssuer,
    async close() {
      await calendar.close()
      await contacts.close()
      await authentik?.close()
      await nextcloud.close()
    },
  }
}

function authentikOf({ config: { authentik }, secrets, upstreams }: NextcloudSuiteDeps) {
  const { url } = authentik
  const token = secrets.authentikToken
  return url && token ? createAuthentikClient({ url, token, upstreams }) : undefined
}

/** What lies outside of the modules' own addresses says so too. */
const switchedOff: NextcloudSuite = {
  async registerRoutes(http) {
    const paths = ['/api/v1/account/nextcloud', '/api/v1/account/devices']
    for (const path of [...paths, '/dav', '/.well-known/caldav', '/.well-known/carddav']) {
      refuseModule(http, { name: 'nextcloud', path })
    }
  },
  jobs: [],
  contents: [],
  searchSources: [],
  sweeps: [],
  drive: undefined,
  plannedMeetings: async () => [],
  calendarParts: undefined,
  catalogs: [],
  objectReferences: [],
  checks: [],
  administration: undefined,
  personData: [],
  listen: async () => undefined,
  close: async () => undefined,
}
