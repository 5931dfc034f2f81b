import type { Tx } from '#platform/database/database.ts'

/** A place of a message as its owner sees it; `folder_id` is where the server has it. */
export type Place = {
  mail_account_id: string
  folder_id: string
  shown_folder_id: string
  uidvalidity: number
  uid: number
  is_read: boolean
  is_starred: boolean
}

/** Changes to what an owner sees of messages, ahead of the server. */
export const changeStore = {
  /**
   * The places of a message, locked: whoever changes a message, or takes over what its server says, locks these first.
   * When sync replaces the place that was waited for, only a second look sees its successor.
   */
  lockPlaces: async (tx: Tx, ownerId: string, messageId: string): Promise<Place[]> => {
    const places = await selectPlaces(tx, ownerId, messageId).forUpdate().execute()
    return places.length > 0 ? places : selectPlaces(tx, ownerId, messageId).forUpdate().execute()
  },

  /** A folder that cannot be deleted before `tx` ends. */
  findFolder: (tx: Tx, ownerId: string, folderId: string) =>
    tx
      .selectFrom('mail_folder')
      .select(['id', 'mail_account_id', 'is_selectable'])
      .where('owner_id', '=', ownerId)
      .where('id', '=', folderId)
      .where('is_deleted', '=', false)
      .forKeyShare()
      .executeTakeFirst(),

  /** Flags belong to the message: they change in all its places. */
  setFlags: async (
    tx: Tx,
    ownerId: string,
    messageId: string,
    flags: { is_read: boolean; is_starred: boolean },
  ): Promise<void> => {
    await tx
      .updateTable('mail_location')
      .set(flags)
      .where('owner_id', '=', ownerId)
      .where('message_id', '=', messageId)
      .where('gone_at', 'is', null)
      .execute()
  },

  showIn: async (tx: Tx, ownerId: string, place: Place, folderId: string): Promise<void> => {
    await tx
      .updateTable('mail_location')
      .set({ shown_folder_id: folderId })
      .where('owner_id', '=', ownerId)
      .where('folder_id', '=', place.folder_id)
      .where('uidvalidity', '=', place.uidvalidity)
      .where('uid', '=', place.uid)
      .execute()
  },
}

const selectPlaces = (tx: Tx, ownerId: string, messageId: string) =>
  tx
    .selectFrom('mail_location')
    .select(['mail_account_id', 'folder_id', 'shown_folder_id', 'uidvalidity', 'uid', 'is_read', 'is_starred'])
    .where('owner_id', '=', ownerId)
    .where('message_id', '=', messageId)
    .where('gone_at', 'is', null)
    .orderBy('folder_id')
    .orderBy('uidvalidity')
    .orderBy('uid')
