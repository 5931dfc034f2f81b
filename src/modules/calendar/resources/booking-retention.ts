import type { Database } from '#platform/database/database.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'
import { bookingStore } from './booking-store.ts'

/** Forgets times that are over. */
export const bookingRetention = (database: Database): Sweep => ({
  name: 'calendar.bookings',
  everySeconds: 3600,
  run: () => bookingStore.forgetOld(database),
})
