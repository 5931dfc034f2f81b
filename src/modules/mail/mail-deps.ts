import type { Pool } from 'pg'
import type { Config } from '#config/config.ts'
import type { Cache } from '#platform/cache/cache.ts'
import type { Database, Transact, Tx } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Metrics } from '#platform/observability/metrics.ts'
import type { Upstreams } from '#platform/observability/upstreams.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import type { LiveSettings } from '#platform/settings/live-settings.ts'
import type { CalendarPartReceiver } from './arrivals/calendar-parts.ts'
import type { MailPolicies } from './policies.ts'
import type { ContactLookup } from './rules/facts.ts'
import type { DriveFiles } from './uploads/drive-files.ts'

/** What mail stands on. */
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
  /** Undefined when the drive is switched off: nothing is attached from it then. */
  drive?: DriveFiles | undefined
  /** Without it, whoever their owner has written to counts as a contact. */
  contacts?: ContactLookup | undefined
  /** Where invitations that arrive go; undefined when calendars are switched off. */
  calendarParts?: CalendarPartReceiver | undefined
  policies: MailPolicies
  /** Removes, in its own time, all that is left of an owner that nobody can reach any more. */
  eraseOwner: (tx: Tx, ownerId: string, requestedBy: string) => Promise<void>
  settings: LiveSettings
  /** Client secrets of the OAuth providers, by name. */
  oauthSecrets: ReadonlyMap<string, string>
}
