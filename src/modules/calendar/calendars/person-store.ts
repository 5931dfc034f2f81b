import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

export const personStore = {
  /** The name at Nextcloud of the person with that address; undefined when nobody has it, or more than one. */
  async uidOf(db: Queryable, email: string): Promise<string | undefined> {
    const { rows } = await sql<{ uid: string }>`
      select coalesce(home.uid, account.uid) as uid from principal
      left join calendar_home as home on home.owner_id = principal.id
      left join nextcloud_account as account on account.owner_id = principal.id
      where lower(principal.email) = lower(${email}) and coalesce(home.uid, account.uid) is not null limit 2`.execute(
      db,
    )
    return rows.length === 1 ? rows[0]?.uid : undefined
  },

  async emailOf(db: Queryable, ownerId: string): Promise<string | undefined> {
    const { rows } = await sql<{ email: string | null }>`select email from principal where id = ${ownerId}`.execute(db)
    return rows[0]?.email ?? undefined
  },

  /** The person of that address; undefined when nobody has it, or more than one. */
  async byEmail(db: Queryable, email: string): Promise<string | undefined> {
    const { rows } = await sql<{ id: string }>`
      select id from principal where lower(email) = lower(${email}) and kind = 'person' limit 2`.execute(db)
    return rows.length === 1 ? rows[0]?.id : undefined
  },

  /** Undefined for an owner that is nobody: a group, or a mailbox that several people use. */
  async find(db: Queryable, id: string): Promise<{ personId: string; email: string | null } | undefined> {
    const { rows } = await sql<{ personId: string; email: string | null }>`
      select id as "personId", email from principal where id = ${id} and kind = 'person'`.execute(db)
    return rows[0]
  },

  async groupsOf(db: Queryable, ownerId: string): Promise<string[]> {
    const { rows } = await sql<{ groups: string[] }>`select groups from principal where id = ${ownerId}`.execute(db)
    return rows[0]?.groups ?? []
  },

  /** The language they chose; null where they chose none. */
  async localeOf(db: Queryable, ownerId: string): Promise<string | null> {
    const { rows } = await sql<{ locale: string | null }>`select locale from principal where id = ${ownerId}`.execute(
      db,
    )
    return rows[0]?.locale ?? null
  },

  /** The language and the clock that they chose; null where they chose none. */
  async readerOf(db: Queryable, ownerId: string): Promise<{ locale: string | null; timeZone: string | null }> {
    const { rows } = await sql<{ locale: string | null; timeZone: string | null }>`
      select locale, time_zone as "timeZone" from principal where id = ${ownerId}`.execute(db)
    return rows[0] ?? { locale: null, timeZone: null }
  },

  /** Which of the addresses, in lower case, are those of people here. */
  async known(db: Queryable, emails: readonly string[]): Promise<Set<string>> {
    if (emails.length === 0) return new Set()
    const { rows } = await sql<{ email: string }>`
      select lower(email) as email from principal
      where lower(email) = any(${[...emails]}::text[]) and kind = 'person'`.execute(db)
    return new Set(rows.map(({ email }) => email))
  },
}
