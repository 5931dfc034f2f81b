import type { NextcloudPerson } from '#integrations/nextcloud/nextcloud-client.ts'
import type { Transact } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { type DrivePath, filesPath, lineOf, nameOf, parentOf } from '../drive-path.ts'
import { type DriveEvent, tell } from '../events.ts'
import type { Indexing } from '../indexing/indexing.ts'
import { entryOf, entryProps, type Item } from '../items/item.ts'
import { listingStore as store } from '../items/listing-store.ts'

export type Change = {
  /** What was made, changed or taken away. */
  paths: readonly DrivePath[]
  /** Of these, what is not there any more or is another now, with all that is known of what lay below. */
  gone?: readonly DrivePath[]
  /** Who sees more or less at the top of their own files by it, as Nextcloud names them. */
  seenBy?: string | undefined
  events?: readonly DriveEvent[]
}

export type Journal = ReturnType<typeof createJournal>

/** What was changed through ultid: known here in the same moment, and told. */
export function createJournal(deps: { transact: Transact; events: Events; indexing: Pick<Indexing, 'noteGone'> }) {
  const { transact, events, indexing } = deps
  return {
    note: (ownerId: string, { paths, gone = [], seenBy, events: told = [] }: Change): Promise<void> =>
      transact(async (tx) => {
        const folders = new Set(paths.flatMap((path) => [path, ...lineOf(parentOf(path))]))
        await store.outdate(tx, ownerId, [...folders])
        for (const path of gone) await store.forget(tx, ownerId, path)
        if (seenBy !== undefined) await store.outdateTop(tx, seenBy)
        await indexing.noteGone(tx, ownerId, told.flatMap(goneItems))
        await tell(events, tx, ownerId, ...told)
      }),
  }
}

const goneItems = (event: DriveEvent) =>
  event.type === 'drive.item_deleted' ? [{ path: event.data.path, fileId: Number(event.data.item_id) }] : []

/** What Nextcloud says of a file now. @throws AppError `not_found` */
export async function statItem({ dav, uid }: NextcloudPerson, path: DrivePath): Promise<Item> {
  const entry = entryOf(await dav.stat(filesPath(uid, path), entryProps), nameOf(path))
  if (!entry) throw notFound('file')
  return { ...entry, path }
}

export const itemEvent = (
  type: 'drive.item_created' | 'drive.item_updated' | 'drive.item_deleted',
  { fileId, path }: Pick<Item, 'fileId' | 'path'>,
): DriveEvent => ({ type, data: { item_id: String(fileId), path } })
