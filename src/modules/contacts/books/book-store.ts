import { sql } from 'kysely'
import type { RemoteBook } from '#integrations/dav/address-books.ts'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'

export type BookRow = {
  id: string
  name: string
  display_name: string
  description: string
  is_read_only: boolean
  shared_by: string | null
  shares: RemoteBook['shares']
  server_token: string | null
  sync_token: string | null
  shape: number
  epoch: string
  revision: number
  forgotten_revision: number
}

const columns = [
  ...(['id', 'name', 'display_name', 'description', 'is_read_only', 'shared_by', 'server_token'] as const),
  ...(['sync_token', 'shape', 'epoch', 'revision', 'forgotten_revision'] as const),
  sql<RemoteBook['shares']>`shares`.as('shares'),
] as const

export const bookStore = {
  list: (db: Queryable, ownerId: string): Promise<BookRow[]> =>
    db.selectFrom('contact_book').select(columns).where('owner_id', '=', ownerId).orderBy('id').execute(),

  find: (db: Queryable, ownerId: string, name: string): Promise<BookRow | undefined> =>
    db
      .selectFrom('contact_book')
      .select(columns)
      .where('owner_id', '=', ownerId)
      .where('name', '=', name)
      .executeTakeFirst(),

  lock: (tx: Tx, ownerId: string, id: string): Promise<BookRow | undefined> =>
    tx
      .selectFrom('contact_book')
      .select(columns)
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst(),

  /** When the home was looked at last; undefined before the first time. */
  async checkedAt(db: Queryable, ownerId: string): Promise<Date | undefined> {
    const home = db.selectFrom('contact_home').select('checked_at').where('owner_id', '=', ownerId)
    return (await home.executeTakeFirst())?.checked_at
  },

  async noteChecked(tx: Tx, ownerId: string): Promise<void> {
    await sql`insert into contact_home (owner_id, checked_at) values (${ownerId}, now())
      on conflict (owner_id) do update set checked_at = excluded.checked_at`.execute(tx)
  },

  /** Makes the book or changes what the server told of it. @returns what became of it; undefined when nothing did. */
  async put(tx: Tx, ownerId: string, book: RemoteBook): Promise<'created' | 'updated' | undefined> {
    const { rows } = await sql<{ is_new: boolean }>`
      insert into contact_book
        (owner_id, id, name, display_name, description, is_read_only, shared_by, shares, server_token, epoch)
      values (${ownerId}, ${newId()}, ${book.name}, ${book.displayName}, ${book.description}, ${book.isReadOnly},
        ${book.sharedBy ?? null}, ${JSON.stringify(book.shares)}::jsonb, ${book.syncToken ?? null}, ${newId()})
      on conflict (owner_id, name) do update set display_name = excluded.display_name,
        description = excluded.description, is_read_only = excluded.is_read_only, shared_by = excluded.shared_by,
        shares = excluded.shares
      where (contact_book.display_name, contact_book.description, contact_book.is_read_only, contact_book.shared_by, contact_book.shares)
        is distinct from (excluded.display_name, excluded.description, excluded.is_read_only, excluded.shared_by, excluded.shares)
      returning (xmax = 0) as is_new`.execute(tx)
    await tx
      .updateTable('contact_book')
      .set({ server_token: book.syncToken ?? null })
      .where('owner_id', '=', ownerId)
      .where('name', '=', book.name)
      .execute()
    const [row] = rows
    return row && (row.is_new ? 'created' : 'updated')
  },

  /** Takes away all but these. @returns what is gone. */
  removeOthers: (tx: Tx, ownerId: string, names: readonly string[]): Promise<{ id: string; name: string }[]> =>
    tx
      .deleteFrom('contact_book')
      .where('owner_id', '=', ownerId)
      .where(sql<boolean>`name <> all(${[...names]}::text[])`)
      .returning(['id', 'name'])
      .execute(),

  /** The next revision, for everything that one commit changes. */
  async nextRevision(tx: Tx, ownerId: string, id: string): Promise<number> {
    const { revision } = await tx
      .updateTable('contact_book')
      .set({ revision: sql`revision + 1` })
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .returning('revision')
      .executeTakeFirstOrThrow()
    return revision
  },

  /** Ends a reading, unless another one ended in the meantime. */
  async noteSynced(
    tx: Tx,
    ownerId: string,
    book: { id: string; from: string | null; to: string; shape: number },
  ): Promise<void> {
    await tx
      .updateTable('contact_book')
      .set({ sync_token: book.to, shape: book.shape })
      .where('owner_id', '=', ownerId)
      .where('id', '=', book.id)
      .where(sql<boolean>`sync_token is not distinct from ${book.from}`)
      .execute()
  },

  /** Forgets deletions of long ago: tokens from before them hold no more. */
  async forgetDeletions(db: Queryable): Promise<void> {
    await sql`
      with gone as (
        delete from contact_tombstone where gone_at < now() - interval '30 days'
        returning owner_id, book_id, revision
      )
      update contact_book as book set forgotten_revision = greatest(book.forgotten_revision, old.revision)
      from (select owner_id, book_id, max(revision) as revision from gone group by owner_id, book_id) as old
      where book.owner_id = old.owner_id and book.id = old.book_id`.execute(db)
  },
}
