import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'
import { searchText } from '../names/folding.ts'

/** The installation itself owns what is everybody's. */
export const installation = '00000000-0000-0000-0000-000000000000'

/** In a statement: the groups of a person; null for nobody's. */
export const groupsOf = (personId: string) =>
  sql<string[] | null>`(select groups from principal where id = ${personId})`

export type DirectoryPerson = { id: string; email: string; name: string; groups: readonly string[] }

export const directoryStore = {
  /** People who have signed in here and may still, by id. */
  async principals(db: Queryable, after: string | undefined, limit: number): Promise<DirectoryPerson[]> {
    const { rows } = await sql<DirectoryPerson>`
      select id, email, coalesce(chosen_name, display_name, '') as name, groups from principal
      where kind = 'person' and email is not null and suspended_at is null
        and ${after === undefined ? sql`true` : sql`id > ${after}::uuid`}
      order by id limit ${limit}`.execute(db)
    return rows
  },

  async put(db: Queryable, people: readonly DirectoryPerson[], seenAt: Date): Promise<void> {
    if (people.length === 0) return
    const given = people.map(({ id, email, name, groups }) => ({
      ...{ id, email: email.toLowerCase(), name, groups },
      search: searchText([name], [email]),
    }))
    await sql`
      insert into contact_directory_person (owner_id, person_id, email, name, groups, search, seen_at)
      select ${installation}, id, email, name, groups, search, ${seenAt}
      from jsonb_to_recordset(${JSON.stringify(given)}::jsonb)
        as given (id uuid, email text, name text, groups text[], search text)
      order by id
      on conflict (owner_id, person_id) do update set email = excluded.email, name = excluded.name,
        groups = excluded.groups, search = excluded.search, seen_at = excluded.seen_at`.execute(db)
  },

  async removeUnseen(db: Queryable, seenAt: Date): Promise<void> {
    await db
      .deleteFrom('contact_directory_person')
      .where('owner_id', '=', installation)
      .where('seen_at', '<', seenAt)
      .execute()
  },
}
