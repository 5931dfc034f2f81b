import type { Exchange } from './dav-exchange.ts'
import type { Properties } from './multistatus.ts'
import type { OcsRoute } from './ocs.ts'
import type { People, Person } from './people.ts'
import type { Records } from './records.ts'

/** Handlers by HTTP method; what is not there answers 501. A handler answers, or throws a DavError. */
export type Methods = Readonly<Record<string, (exchange: Exchange) => Promise<void> | void>>

export type PartContext = {
  people: People
  /** Documents that are kept between runs. */
  records: Records
  /** For files of its own. */
  stateDir: string
  /** Seconds since the epoch. */
  now: () => number
  /** Where browsers reach this Nextcloud, with its prefix. */
  url: () => string
}

/**
 * Something that this Nextcloud does, in a folder of its own: files, calendars, contacts. nextcloud.ts opens them all.
 * `mounts` are by the first name below `/remote.php/dav`; `''` is the root itself, for methods such as SEARCH.
 */
export type Part = (context: PartContext) => Promise<{
  mounts: Readonly<Record<string, Methods>>
  ocs?: readonly OcsRoute[]
  /** What `/remote.php/dav/principals/users/{uid}` has of it: where the calendars are, for instance. */
  principalProperties?: (exchange: Exchange, person: Person) => Properties
  /** What somebody finds who is new here. Runs for the demo people too. */
  onNewPerson?: (person: Person) => Promise<void> | void
}>
