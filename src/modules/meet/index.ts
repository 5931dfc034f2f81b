import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { createJitsiTokens, type JitsiSigning } from '#integrations/jitsi/jitsi-tokens.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'
import { createEntries } from './entries.ts'
import { createEventRooms, type MeetLinks } from './event-rooms.ts'
import { createDoor } from './guests/door.ts'
import { guestStore } from './guests/guest-store.ts'
import { createInvitationCodes } from './guests/invitation-codes.ts'
import { invitationRoutes } from './guests/invitation-routes.ts'
import { createInvitations } from './guests/invitations.ts'
import { joinRoutes } from './guests/join-routes.ts'
import { keyRoutes } from './key-routes.ts'
import { roomHandoverStore } from './rooms/room-handover-store.ts'
import { roomRoutes } from './rooms/room-routes.ts'
import { roomStore } from './rooms/room-store.ts'
import { createRooms } from './rooms/rooms.ts'
import { createUpcoming, type PlannedElsewhere } from './upcoming/upcoming.ts'
import { upcomingRoutes } from './upcoming/upcoming-routes.ts'
import { meetWebhooks } from './webhooks.ts'

export type { MeetLinks, PlannedElsewhere }

export type MeetDeps = {
  database: Database
  transact: Transact
  events: Events
  config: {
    /** Where browsers reach Jitsi, without a slash at its end. */
    jitsiUrl: string
    /** Where they reach ultid. */
    publicUrl: string
  }
  signing: JitsiSigning
  /** Signs links for guests. */
  invitationSecret: string
  plannedElsewhere?: PlannedElsewhere
  now?: () => Date
}

/** Video meetings in Jitsi: rooms, tokens, guests. */
export function createMeetModule(deps: MeetDeps) {
  const { now = () => new Date(), plannedElsewhere } = deps
  const tokens = createJitsiTokens(deps.signing)
  const entries = createEntries({ tokens, publicUrl: deps.config.jitsiUrl, now })
  const codes = createInvitationCodes(deps.invitationSecret)
  const shared = { ...deps, entries, codes, now }
  const invitations = createInvitations({ ...shared, joinBase: `${deps.config.publicUrl}/api/v1/meet/join` })
  const door = createDoor({ ...shared, invitations })
  const routes: FastifyPluginAsyncTypebox = async (http) => {
    await http.register(roomRoutes(createRooms(shared)))
    await http.register(invitationRoutes(invitations, door))
    await http.register(joinRoutes(door))
    await http.register(upcomingRoutes(createUpcoming({ ...shared, plannedElsewhere })))
    await http.register(keyRoutes(tokens))
  }
  const sweep: Sweep = {
    name: 'meet-retention',
    everySeconds: 3600,
    async run() {
      await roomStore.removeOld(deps.database)
      await guestStore.removeOld(deps.database)
    },
  }
  return {
    routes,
    sweeps: [sweep],
    webhooks: meetWebhooks,
    /** For administration. */
    personData: {
      ...{ name: 'meet', tables: ['meet_room', 'meet_invitation', 'meet_guest'] },
      transfer: async ({ from, to }: { from: string; to: string }) => ({
        counts: { rooms: await roomHandoverStore.handOver(deps.database, from, to) },
        errors: [],
      }),
    },
    /** For the calendar. */
    links: createEventRooms({ ...shared, publicUrl: deps.config.jitsiUrl }),
  }
}
