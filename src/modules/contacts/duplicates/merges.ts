import type { RemoteCard } from '#integrations/dav/address-books.ts'
import type { Vcard } from '#integrations/vcard/vcard.ts'
import { readVcard } from '#integrations/vcard/vcard-reader.ts'
import type { Actor } from '#platform/auth/actor.ts'
import type { Database } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { decodeCursor, pageOfRows } from '#platform/http/cursor.ts'
import { newId } from '#platform/ids.ts'
import type { Connection } from '../books/book-sync.ts'
import { readCard } from '../card/read-card.ts'
import { contactPath, refOfPath } from '../contact/contact-path.ts'
import type { ContactView } from '../contact/contact-presentation.ts'
import type { ContactWrites, Place } from '../contact/contact-writes.ts'
import type { Contacts } from '../contact/contacts.ts'
import { duplicateStore } from './duplicate-store.ts'
import { type MergeRow, type MovedMember, mergeStore as store } from './merge-store.ts'
import { mergeVcards, type SingleField, withMembers } from './merging.ts'

export type WantedMerge = { paths: string[]; wins?: Partial<Record<SingleField, string>> }

export type Merges = ReturnType<typeof createMerges>

/**
 * Makes one contact of several. What was there before is kept for 30 days before anything is written, so that a merge
 * that stops in its middle can be taken back as well.
 */
export function createMerges(deps: { database: Database; contacts: Contacts; writes: ContactWrites }) {
  const { database, contacts, writes } = deps

  async function readAll(connection: Connection, places: readonly Place[]): Promise<RemoteCard[]> {
    const cards: RemoteCard[] = []
    for (const place of places) cards.push(await connection.books.read(place.book, place.object))
    return cards
  }

  async function moveMembers(connection: Connection, groups: readonly MovedMember[], to: string): Promise<void> {
    for (const { uids, ...place } of groups) {
      const moved = (vcard: Vcard) => withMembers(vcard, { add: [to], remove: uids })
      await writes.change(connection, place, undefined, moved).catch(ifGone)
    }
  }

  async function undo(connection: Connection, { originals, path, etag }: MergeRow, isForced: boolean): Promise<void> {
    const kept = placeOf(connection, path)
    const [first, ...others] = originals.contacts
    if (!first) throw notFound('merge')
    await writes
      .change(connection, kept, undefined, (_vcard, now) => {
        if (etag !== '' && now.etag !== etag && !isForced) throw changedSince()
        return readVcard(first.vcard)
      })
      .catch((error) => {
        if (!isGone(error)) throw error
        return writes.create(connection, first, readVcard(first.vcard), { isRepeated: true })
      })
    // One that is there already was never taken away.
    for (const { vcard, ...place } of others)
      await writes.create(connection, place, readVcard(vcard), { isRepeated: true })
    for (const { uids, hasKept, ...place } of originals.groups) {
      const restored = (vcard: Vcard) => withMembers(vcard, { add: uids, remove: hasKept ? [] : [originals.keptUid] })
      await writes.change(connection, place, undefined, restored).catch(ifGone)
    }
  }

  return {
    /**
     * The first of the paths is kept. @throws AppError `not_found`, `invalid_request_body` for one that is named twice,
     * `contacts.book_read_only`
     */
    async merge(actor: Actor, { paths, wins = {} }: WantedMerge): Promise<{ merge_id: string; contact: ContactView }> {
      const connection = await contacts.connect(actor)
      const places = paths.map((path) => placeOf(connection, path))
      if (new Set(paths).size < paths.length) throw namedTwice()
      for (const { book } of places) await writes.writableBook(connection, book)
      const cards = await readAll(connection, places)
      const vcards = cards.map(({ vcard }) => readVcard(vcard))
      const [kept = { book: '', object: '' }, ...others] = places
      const [keptUid = '', ...otherUids] = vcards.map((vcard, at) => readCard(vcard, cards[at]?.object).uid)
      const groups = await duplicateStore.groupsWith(database, connection.ownerId, otherUids, keptUid)
      const id = newId()
      const originals = {
        contacts: places.map((place, at) => ({ ...place, vcard: cards[at]?.vcard ?? '' })),
        groups,
        keptUid,
      }
      const path = contactPath({ user: connection.user, ...kept })
      await store.insert(database, connection.ownerId, { id, path, originals })
      const winners = Object.fromEntries(
        Object.entries(wins).map(([field, of]) => [field, Math.max(0, paths.indexOf(of))]),
      )
      const written = await writes
        .change(connection, kept, cards[0]?.etag, (vcard) => mergeVcards([vcard, ...vcards.slice(1)], winners))
        .catch(async (error) => {
          await store.remove(database, connection.ownerId, id)
          throw error
        })
      await store.noteWritten(database, connection.ownerId, id, written.etag)
      for (const place of others) await writes.remove(connection, place, undefined).catch(ifGone)
      await moveMembers(connection, groups, keptUid)
      return { merge_id: id, contact: await contacts.view(actor, { user: connection.user, ...kept }) }
    },

    async list(actor: Actor, { limit, cursor }: { limit: number; cursor: string | undefined }) {
      const [before] = cursor === undefined ? [undefined] : decodeCursor(cursor, ['uuid'])
      const rows = await store.list(database, actor.personId, { before, limit: limit + 1 })
      return pageOfRows(rows, limit, ({ id, path, created_at, originals }) => ({
        ...{ id, path, created_at: created_at.toISOString() },
        names: originals.contacts.map(({ vcard }) => readCard(readVcard(vcard)).name.full),
      }))
    },

    /**
     * Everything is as it was before. @throws AppError `not_found` after 30 days, `contacts.changed_since_merge`
     */
    async undo(actor: Actor, id: string, { isForced }: { isForced: boolean }): Promise<ContactView> {
      const row = await store.find(database, actor.personId, id)
      if (!row || row.undone_at !== null) throw notFound('merge')
      const connection = await contacts.connect(actor)
      await undo(connection, row, isForced)
      await store.noteUndone(database, actor.personId, id)
      return contacts.view(actor, { user: connection.user, ...placeOf(connection, row.path) })
    },
  }
}

/** @throws AppError `not_found`, also for what lies in the home of somebody else */
function placeOf(connection: Connection, path: string): Place {
  const ref = refOfPath(path)
  if (!ref || ref.user !== connection.user) throw notFound('contact')
  return { book: ref.book, object: ref.object }
}

const isGone = (error: unknown): boolean => error instanceof AppError && error.kind === 'not_found'

function ifGone(error: unknown): void {
  if (!isGone(error)) throw error
}

const namedTwice = () =>
  new AppError('invalid', 'invalid_request_body', 'A contact cannot be merged with itself; name each once.', {
    details: [{ path: 'body.paths', message: 'must name each contact once' }],
  })

const changedSince = () =>
  new AppError(
    'conflict',
    'contacts.changed_since_merge',
    'The contact was changed since the merge, and that change would be lost; send force=true to take the merge back anyway.',
  )
