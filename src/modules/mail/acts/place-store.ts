import { sql } from 'kysely'
import type { Tx } from '#platform/database/database.ts'
import type { Place } from './message-state.ts'

/** A place as it is to be; `sortedAt` only where it gets another position in lists. */
export type PlaceChange = Place & { sortedAt?: Date }

/** What is to be stored with messages themselves. */
export type MessageChange = { id: string; isPinned: boolean; snoozedUntil: Date | null; returnedAt?: Date }

export const placeStore = {
  /** Writes places that `lockPlaces` has locked in the same `tx`. */
  async write(tx: Tx, ownerId: string, places: readonly PlaceChange[]): Promise<void> {
    if (places.length === 0) return
    const records = places.map(({ sortedAt, ...place }) => ({ ...place, sorted_at: sortedAt }))
    await sql`
      update mail_location as place set is_read = change.is_read, is_starred = change.is_starred,
        keywords = change.keywords, shown_folder_id = change.shown_folder_id,
        received_at = coalesce(change.sorted_at, place.received_at), is_deleted = change.is_deleted,
        gone_at = case when change.is_deleted then coalesce(place.gone_at, clock_timestamp()) end
      from jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as change (folder_id uuid, uidvalidity bigint,
        uid bigint, is_read boolean, is_starred boolean, keywords text[], shown_folder_id uuid, sorted_at timestamptz,
        is_deleted boolean)
      where place.owner_id = ${ownerId} and place.folder_id = change.folder_id
        and place.uidvalidity = change.uidvalidity and place.uid = change.uid`.execute(tx)
  },

  /** Places that the server has not given yet, and need not give any more. */
  async removeProvisional(tx: Tx, ownerId: string, places: readonly { messageId: string; folderId: string }[]) {
    if (places.length === 0) return
    await sql`
      delete from mail_location as place
      using jsonb_to_recordset(${JSON.stringify(places)}::jsonb) as gone ("messageId" uuid, "folderId" uuid)
      where place.owner_id = ${ownerId} and place.message_id = gone."messageId"
        and place.folder_id = gone."folderId" and place.uidvalidity = 0`.execute(tx)
  },

  async writeMessages(tx: Tx, ownerId: string, messages: readonly MessageChange[]): Promise<void> {
    if (messages.length === 0) return
    await sql`
      update mail_message as message set snoozed_until = change."snoozedUntil",
        pinned_at = case when change."isPinned" then coalesce(message.pinned_at, clock_timestamp()) end,
        returned_at = coalesce(change."returnedAt", message.returned_at)
      from jsonb_to_recordset(${JSON.stringify(messages)}::jsonb) as change (id uuid, "isPinned" boolean,
        "snoozedUntil" timestamptz, "returnedAt" timestamptz)
      where message.owner_id = ${ownerId} and message.id = change.id`.execute(tx)
  },

  /** Labels that no server keeps. */
  async addLocalLabels(tx: Tx, ownerId: string, labels: readonly LocalLabel[]): Promise<void> {
    if (labels.length === 0) return
    await sql`
      insert into mail_message_label (owner_id, message_id, label_id, received_at)
      select ${ownerId}, label."messageId", label."labelId",
        (select max(received_at) from mail_location
          where owner_id = ${ownerId} and message_id = label."messageId" and gone_at is null)
      from jsonb_to_recordset(${JSON.stringify(labels)}::jsonb) as label ("messageId" uuid, "labelId" uuid)
      on conflict do nothing`.execute(tx)
  },

  async removeLocalLabels(tx: Tx, ownerId: string, labels: readonly LocalLabel[]): Promise<void> {
    if (labels.length === 0) return
    await sql`
      delete from mail_message_label as labelled
      using jsonb_to_recordset(${JSON.stringify(labels)}::jsonb) as label ("messageId" uuid, "labelId" uuid)
      where labelled.owner_id = ${ownerId} and labelled.message_id = label."messageId"
        and labelled.label_id = label."labelId"`.execute(tx)
  },
}

export type LocalLabel = { messageId: string; labelId: string }
