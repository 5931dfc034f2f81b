import { createCollectionMethods } from '../collections/collection-methods.ts'
import { openCollectionStore } from '../collections/collection-store.ts'
import { hrefElement } from '../multistatus.ts'
import type { Part } from '../part.ts'
import { createCalendarKind } from './calendar-kind.ts'

/** Calendars of everybody, each beginning with one of their own. */
export const openCalendars = (async ({ records, people, now }) => {
  const store = await openCollectionStore(records, 'calendars', now)
  return {
    mounts: { calendars: createCollectionMethods({ store, kind: createCalendarKind({ store, people }), people }) },
    principalProperties: (exchange, { uid }) => ({
      'cal:calendar-home-set': () => hrefElement(exchange, ['calendars', uid]),
      'cal:schedule-outbox-URL': () => hrefElement(exchange, ['calendars', uid, 'outbox']),
    }),
    onNewPerson({ uid }) {
      if (store.find(uid, 'personal')) return
      store.add(uid, 'personal', { 'd:displayname': 'Personal', 'ical:calendar-color': '#0082c9' })
    },
    store,
  }
}) satisfies Part
