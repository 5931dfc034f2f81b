import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Nextcloud } from '#integrations/nextcloud/nextcloud-client.ts'
import type { DriveFiles } from '#modules/drive/index.ts'
import type { MeetLinks } from '#modules/meet/index.ts'
import type { SearchIndex } from '#modules/search/index.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import { handleJob, type JobHandler, type Sweep } from '#platform/jobs/jobs.ts'
import { createGuardedFetch } from '#platform/network/guarded-fetch.ts'
import { createHostGuard } from '#platform/network/host-guard.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type Birthdays, createBirthdayCalendar } from './calendars/birthday-calendar.ts'
import { calendarRoutes } from './calendars/calendar-routes.ts'
import { createCalendars } from './calendars/calendars.ts'
import { createOwnAddresses } from './calendars/own-addresses.ts'
import { createAnswers } from './events/answers.ts'
import { createEventAttachments } from './events/event-attachments.ts'
import { createEventReads } from './events/event-reads.ts'
import { eventRoutes } from './events/event-routes.ts'
import { createCalendarEvents } from './events/events.ts'
import { createEventMeetings } from './events/meet-links.ts'
import { createObjectAccess, refreshJob } from './events/object-access.ts'
import { createPlannedMeetings } from './events/planned-meetings.ts'
import { createFreeBusy } from './freebusy/free-busy.ts'
import { freeBusyRoutes } from './freebusy/free-busy-routes.ts'
import { createPublishedBusy } from './freebusy/published-busy.ts'
import { createSuggestions } from './freebusy/suggestions.ts'
import { createArrivedInvitations } from './invitations/arrived-invitations.ts'
import { createDeviceWrites } from './invitations/device-writes.ts'
import { type CalendarMail, createInvitationMail } from './invitations/invitation-mail.ts'
import { invitationRoutes } from './invitations/invitation-routes.ts'
import { createInvitations } from './invitations/invitations.ts'
import { createOwnProposals } from './invitations/own-proposals.ts'
import { proposalRoutes } from './invitations/proposal-routes.ts'
import { createProposals } from './invitations/proposals.ts'
import { createMirror } from './mirror/mirror.ts'
import { createPolling } from './mirror/polling.ts'
import { createCalendarPersonData } from './person-data.ts'
import { createReminders } from './reminders/reminders.ts'
import { createBookableResources } from './resources/bookable-resources.ts'
import { bookableRoutes } from './resources/bookable-routes.ts'
import { bookingRetention } from './resources/booking-retention.ts'
import { createBookings } from './resources/bookings.ts'
import { createAnsweringJob } from './resources/changed-elsewhere.ts'
import { resourceAdminRoutes } from './resources/resource-admin-routes.ts'
import { createResources } from './resources/resources.ts'
import { createSeriesExtension } from './resources/series-extension.ts'
import { subscriptionRoutes } from './subscriptions/subscription-routes.ts'
import { createSubscriptions } from './subscriptions/subscriptions.ts'
import { createExports } from './transfer/exports.ts'
import { createImports } from './transfer/imports.ts'
import { transferRoutes } from './transfer/transfer-routes.ts'
import { calendarWebhooks } from './webhooks.ts'

export type CalendarDeps = {
  database: Database
  transact: Transact
  events: Events
  log: Logger
  nextcloud: Nextcloud
  searchIndex: SearchIndex
  /** Of people's contacts. */
  birthdays: Birthdays
  /** Undefined when meetings are switched off. */
  meet: MeetLinks | undefined
  /** Whose files are attached to events. */
  drive: Pick<DriveFiles, 'describe' | 'shareLink'>
  /** Where ultid is found. */
  publicUrl: string
  /** By which people elsewhere are invited. */
  mail: () => CalendarMail
  config: {
    /** By domain: where people elsewhere publish when they are busy. */
    freeBusyUrls: Readonly<Record<string, string>>
    /** Names and networks that may be reached although they are private. */
    allowPrivateHosts: readonly string[]
  }
  now?: () => number
}

/** People's calendars, which lie in Nextcloud. */
export function createCalendarModule(deps: CalendarDeps) {
  const { now = Date.now } = deps
  const mirror = createMirror(deps)
  const ownAddresses = createOwnAddresses(deps)
  const bookings = createBookings({ ...deps, ownAddresses, now })
  const bookable = createBookableResources(deps)
  const invitationMail = createInvitationMail({ mail: deps.mail, ownAddresses, now })
  const objects = createObjectAccess({ ...deps, mirror, invitationMail, bookings, now })
  const shared = { ...deps, mirror, objects, ownAddresses, now, birthdays: createBirthdayCalendar(deps) }
  const meetings = createEventMeetings(shared)
  const events = createCalendarEvents({
    ...{ ...shared, attachments: createEventAttachments(shared) },
    onRemoved: (_actor, removed) => meetings.release(removed),
  })
  const answers = createAnswers(shared)
  const reads = createEventReads(shared)
  const http = createGuardedFetch(createHostGuard({ allow: deps.config.allowPrivateHosts }))
  const published = createPublishedBusy({ ...deps, addresses: deps.config.freeBusyUrls, http })
  const freeBusy = createFreeBusy({ ...shared, published, bookable })
  const calendars = createCalendars(shared)
  const imports = createImports(shared)
  const subscriptions = createSubscriptions({ ...shared, calendars, imports, http })
  const proposals = createProposals({ ...shared, calendarEvents: events, invitationMail })
  const invitations = createInvitations({ ...shared, proposals })
  const routes: FastifyPluginAsyncTypebox = async (server) => {
    await server.register(calendarRoutes(calendars))
    await server.register(eventRoutes({ events, reads, answers, meetings }))
    await server.register(transferRoutes({ imports, exports: createExports(shared) }))
    await server.register(subscriptionRoutes(subscriptions))
    await server.register(invitationRoutes(invitations))
    await server.register(proposalRoutes(proposals, createOwnProposals({ ...shared, proposals, invitationMail })))
    await server.register(bookableRoutes(bookable))
    await server.register(freeBusyRoutes(freeBusy, createSuggestions({ freeBusy, now })))
  }
  const seriesExtension = createSeriesExtension({ ...deps, objects, bookings })
  const jobs: JobHandler[] = [
    ...subscriptions.jobs,
    createAnsweringJob({ ...deps, objects, bookings }),
    seriesExtension.handler,
    handleJob(refreshJob, async ({ ownerId }) => void (await mirror.refresh(ownerId, { maxAgeMs: 0 }))),
  ]
  const sweeps: Sweep[] = [
    ...subscriptions.sweeps,
    createPolling(deps),
    bookingRetention(deps.database),
    seriesExtension.sweep,
    createReminders({ ...shared, mail: deps.mail }),
  ]
  return {
    routes,
    /** For administrators, below their addresses. */
    adminRoutes: resourceAdminRoutes(createResources(deps)),
    jobs,
    sweeps,
    webhooks: calendarWebhooks,
    personData: createCalendarPersonData({ ...deps, ownAddresses }),
    /** For meet. */
    plannedMeetings: createPlannedMeetings({ reads, meetings }),
    /** For the gateway of devices. */
    deviceWrites: createDeviceWrites({ ...deps, objects, invitationMail }),
    /** For mail. */
    calendarParts: createArrivedInvitations({ ...deps, invitations }),
    close: http.close,
  }
}
