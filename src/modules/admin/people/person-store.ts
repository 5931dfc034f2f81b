import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'

/** Somebody of the directory, as far as it matters here. */
export type DirectoryLink = {
  subject: string
  directoryId: number
  username: string
  email: string | null
  displayName: string | null
  groups: string[]
}

export type PersonRow = {
  id: string
  subject: string
  username: string | null
  email: string | null
  display_name: string | null
  groups: string[]
  directory_id: number | null
  created_at: Date
  /** Null for whoever was never here. */
  last_seen_at: Date | null
  suspended_at: Date | null
}

const columns = sql`id, subject, username, email, coalesce(chosen_name, display_name) as display_name, groups,
  directory_id, created_at, case when is_provisioned then null else last_seen_at end as last_seen_at, suspended_at`

export const personStore = {
  /** Makes those people that are not known yet. @returns their ids by subject. */
  async link(db: Queryable, issuer: string, users: readonly DirectoryLink[]): Promise<Map<string, string>> {
    const of = <Key extends keyof DirectoryLink>(key: Key) => users.map((user) => user[key])
    const { rows } = await sql<{ subject: string; id: string }>`
      insert into principal (id, issuer, subject, username, email, display_name, groups, directory_id, is_provisioned)
      select given.id, ${issuer}, given.subject, given.username, given.email, given.display_name,
        array(select jsonb_array_elements_text(given.groups)), given.directory_id, true
      from unnest(${users.map(() => newId())}::uuid[], ${of('subject')}::text[], ${of('username')}::text[],
        ${of('email')}::text[], ${of('displayName')}::text[],
        ${users.map(({ groups }) => JSON.stringify(groups))}::jsonb[], ${of('directoryId')}::int[])
        as given (id, subject, username, email, display_name, groups, directory_id)
      on conflict (issuer, subject) do update set directory_id = excluded.directory_id
      returning subject, id`.execute(db)
    return new Map(rows.map(({ subject, id }) => [subject, id]))
  },

  async find(db: Queryable, id: string): Promise<PersonRow | undefined> {
    const { rows } = await sql<PersonRow>`
      select ${columns} from principal where id = ${id} and kind = 'person'`.execute(db)
    return rows[0]
  },

  async findMany(db: Queryable, ids: readonly string[]): Promise<PersonRow[]> {
    const { rows } = await sql<PersonRow>`
      select ${columns} from principal where id = any(${[...ids]}::uuid[])`.execute(db)
    return rows
  },

  /** Waits for whoever changes the person. */
  async lock(tx: Tx, id: string): Promise<PersonRow | undefined> {
    const { rows } = await sql<PersonRow>`
      select ${columns} from principal where id = ${id} and kind = 'person' for update`.execute(tx)
    return rows[0]
  },

  /** In the order in which they came, where there is no directory. */
  async list(
    db: Queryable,
    {
      search,
      group,
      isSuspended,
    }: { search?: string | undefined; group?: string | undefined; isSuspended?: boolean | undefined },
    page: { after: string | undefined; limit: number },
  ): Promise<PersonRow[]> {
    const pattern = search === undefined ? null : `%${search.replaceAll(/[\\%_]/g, '\\$&')}%`
    const { rows } = await sql<PersonRow>`
      select ${columns} from principal
      where kind = 'person' and (${page.after ?? null}::uuid is null or id > ${page.after ?? null}::uuid)
        and (${pattern}::text is null or username ilike ${pattern} or email ilike ${pattern}
          or coalesce(chosen_name, display_name) ilike ${pattern})
        and (${group ?? null}::text is null or ${group ?? null} = any(groups))
        and (${isSuspended ?? null}::boolean is null or (suspended_at is not null) = ${isSuspended ?? null})
      order by id limit ${page.limit}`.execute(db)
    return rows
  },

  /** What the directory says from now on; browser sessions and personal tokens go by it at once. */
  async setDirectoryWord(
    db: Queryable,
    id: string,
    word: { username: string; email: string | null; displayName: string | null; groups: readonly string[] },
  ): Promise<void> {
    await sql`update principal set username = ${word.username}, email = ${word.email},
      display_name = ${word.displayName}, groups = ${[...word.groups]}, groups_at = now() where id = ${id}`.execute(db)
  },
}
