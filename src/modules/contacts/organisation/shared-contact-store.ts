import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { Card } from '../card/card.ts'
import { beginning } from '../contact/contact-list-store.ts'
import { groupsOf, installation } from '../people/directory-store.ts'

export type SharedContactRow = {
  id: string
  groups: string[] | null
  card: Card
  full_name: string
  sort_name: string
  emails: string[]
  search: string
  version: string
  updated_at: Date
}
/** Who looks: a person, who sees what is for everybody and for their groups, or an administrator, who sees all. */
export type Reader = { personId: string } | 'administrator'
export type SharedFilter = { words: readonly string[]; category?: string | undefined; kind?: string | undefined }

const columns = sql`id, groups, card, full_name, sort_name, emails, search, version, updated_at`

const seenBy = (reader: Reader) =>
  reader === 'administrator' ? sql`true` : sql`(groups is null or groups && ${groupsOf(reader.personId)})`

const passes = ({ words, category, kind }: SharedFilter) =>
  sql.join(
    [
      ...words.map((word) => sql`search like ${beginning(word)}`),
      category === undefined ? sql`true` : sql`card -> 'categories' ? ${category}`,
      kind === undefined ? sql`true` : sql`card ->> 'kind' = ${kind}`,
    ],
    sql` and `,
  )

export const sharedContactStore = {
  async byName(
    db: Queryable,
    reader: Reader,
    filter: SharedFilter & { after: readonly [name: string, id: string] | undefined; limit: number },
  ): Promise<SharedContactRow[]> {
    const name = sql`sort_name collate "und-x-icu"`
    const { rows } = await sql<SharedContactRow>`
      select ${columns} from contact_shared
      where owner_id = ${installation} and ${seenBy(reader)} and ${passes(filter)}
        and ${filter.after ? sql`(${name}, id) > (${filter.after[0]}, ${filter.after[1]}::uuid)` : sql`true`}
      order by ${name}, id limit ${filter.limit}`.execute(db)
    return rows
  },

  /** What changed last comes first. */
  async byChange(
    db: Queryable,
    reader: Reader,
    filter: SharedFilter & { before: readonly [time: string, id: string] | undefined; limit: number },
  ): Promise<(SharedContactRow & { key: string })[]> {
    const { before } = filter
    const { rows } = await sql<SharedContactRow & { key: string }>`
      select ${columns}, to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as key
      from contact_shared
      where owner_id = ${installation} and ${seenBy(reader)} and ${passes(filter)}
        and ${before ? sql`(updated_at, id) < (${before[0]}::timestamptz, ${before[1]}::uuid)` : sql`true`}
      order by updated_at desc, id desc limit ${filter.limit}`.execute(db)
    return rows
  },

  async find(db: Queryable, reader: Reader, id: string): Promise<SharedContactRow | undefined> {
    const { rows } = await sql<SharedContactRow>`
      select ${columns} from contact_shared
      where owner_id = ${installation} and id = ${id} and ${seenBy(reader)}`.execute(db)
    return rows[0]
  },

  /** Waits for whoever changes it. */
  async lock(tx: Tx, id: string): Promise<SharedContactRow | undefined> {
    const { rows } = await sql<SharedContactRow>`
      select ${columns} from contact_shared where owner_id = ${installation} and id = ${id} for update`.execute(tx)
    return rows[0]
  },

  async put(tx: Tx, row: Omit<SharedContactRow, 'updated_at'>): Promise<void> {
    await sql`
      insert into contact_shared (owner_id, id, groups, card, full_name, sort_name, search, emails, version)
      values (${installation}, ${row.id}, ${row.groups}::text[], ${JSON.stringify(row.card)}::jsonb, ${row.full_name},
        ${row.sort_name}, ${row.search}, ${row.emails}::text[], ${row.version})
      on conflict (owner_id, id) do update set groups = excluded.groups, card = excluded.card,
        full_name = excluded.full_name, sort_name = excluded.sort_name, search = excluded.search,
        emails = excluded.emails, version = excluded.version, updated_at = now()`.execute(tx)
  },

  async delete(tx: Tx, id: string): Promise<void> {
    await tx.deleteFrom('contact_shared').where('owner_id', '=', installation).where('id', '=', id).execute()
  },
}
