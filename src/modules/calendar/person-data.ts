import { Readable } from 'node:stream'
import type { Database } from '#platform/database/database.ts'
import type { OwnAddresses } from './calendars/own-addresses.ts'
import { type KeptProposal, personDataStore as store } from './person-data-store.ts'

/**
 * What is kept here of people's calendars beside the copy of what lies at Nextcloud, which is put together and erased there:
 * for whoever puts everything of theirs together or ends it. What somebody proposed for the events of others is theirs too.
 */
export function createCalendarPersonData({
  database,
  ownAddresses,
}: {
  database: Database
  ownAddresses: Pick<OwnAddresses, 'ofOwner'>
}) {
  const lines = async (rows: Promise<KeptProposal[]>) =>
    Readable.from((await rows).map((row) => `${JSON.stringify(row)}\n`))
  return {
    name: 'calendar',
    tables: ['calendar_answer', 'calendar_booking', 'calendar_booking_series', 'calendar_subscription'],

    /** Other times proposed for the person's events, and those that they proposed for events of others. */
    async *files(personId: string) {
      yield { path: 'proposals.ndjson', open: () => lines(store.received(database, personId)) }
      const own = await ownAddresses.ofOwner(database, personId)
      yield { path: 'proposals-made.ndjson', open: () => lines(store.made(database, personId, own)) }
    },

    /** Takes what they proposed and answered out of what is kept of the events of others. */
    async forget(personId: string): Promise<void> {
      await store.forget(database, personId, await ownAddresses.ofOwner(database, personId))
    },
  }
}
