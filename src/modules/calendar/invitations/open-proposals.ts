import type { Database } from '#platform/database/database.ts'
import { holderOf } from '../calendars/calendar-holder.ts'
import { isAmong, type OwnAddresses } from '../calendars/own-addresses.ts'
import type { WholeEventRow } from '../events/event-read-store.ts'
import type { OpenCalendar } from '../events/object-access.ts'
import { type ProposalRow, proposalStore } from './proposal-store.ts'
import { timesAt } from './proposal-times.ts'

/**
 * Other times that are proposed for an event, for those who decide on them: its organizer, and whoever may write to the
 * calendar in which it is theirs. Who may only read it sees the event and who is invited, and not what those wrote to its
 * organizer. Nor does anybody whom the server shows no more of the event than when it is (CLASS, RFC 5545 §3.8.1.3).
 */
export async function openProposals(
  { database, ownAddresses }: { database: Database; ownAddresses: OwnAddresses },
  open: Pick<OpenCalendar, 'ownerId' | 'calendar'>,
  rows: readonly WholeEventRow[],
): Promise<ProposalRow[]> {
  const [first] = rows
  const { access } = open.calendar
  const holder = first && access !== 'read' ? await holderOf(database, open) : undefined
  if (!first || !holder) return []
  const place = { calendar: holder.calendar, name: first.name }
  const proposals = await proposalStore.ofObject(database, holder.ownerId, place)
  if (proposals.length === 0) return []
  const { organizer } = first.fields
  const isHolders = organizer !== null && isAmong(await ownAddresses.ofOwner(database, holder.ownerId), organizer)
  // The holder's own copy, with which they go, may be older than what a delegate sees.
  return isHolders ? proposals.filter(({ key, about }) => timesAt(rows, key) === about) : []
}
