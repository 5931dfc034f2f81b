import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'
import { groupsOf, installation } from './directory-store.ts'
import { isShort, type Match, matches } from './word-match-store.ts'

export type FoundContact = {
  id: string
  full_name: string
  emails: string[]
  score: number
  /** How often and how lately each of the addresses was written to. */
  scores: Readonly<Record<string, number>>
  book: string
  object: string
  has_photo: boolean
  kind: string
}
export type FoundAddress = { email: string; name: string; score: number }

const shown = sql`id, book_id, full_name, emails, score, object, has_photo, kind`

export const autocompleteStore = {
  /** By score. Where those who were ever written to are enough, nobody else is looked for. */
  async contacts(db: Queryable, ownerId: string, match: Match, limit: number): Promise<FoundContact[]> {
    const found = sql`
      select ${shown} from contact
      where owner_id = ${ownerId} and ${matches(match, { table: 'contact', key: 'id', ownerId })}
        and cardinality(emails) > 0`
    const likely = sql`order by score desc, full_name, id limit ${limit}`
    const { rows } = await sql<FoundContact>`
      with ${isShort(match) ? sql`written_to as materialized (${found} and score > 0 ${likely}),` : sql``}
      found as (
        ${
          isShort(match)
            ? sql`select * from written_to union all (
                ${found} and score <= 0 and (select count(*) from written_to) < ${limit} ${likely})`
            : found
        }
        ${likely}
      )
      select found.*, book.name as book,
        coalesce((
          select jsonb_object_agg(email, written.score) from contact_correspondent as written
          where written.owner_id = ${ownerId} and written.email = any(found.emails)
        ), '{}') as scores
      from found join contact_book as book on book.owner_id = ${ownerId} and book.id = found.book_id
      order by found.score desc, found.full_name, found.id`.execute(db)
    return rows
  },

  /** The likeliest first. Few fit a longer word: they are looked up by it, not walked to in the order of their scores. */
  async correspondents(db: Queryable, ownerId: string, match: Match, limit: number): Promise<FoundAddress[]> {
    const place = { table: 'contact_correspondent', key: 'email', ownerId }
    const { rows } = await sql<FoundAddress>`
      with found as ${isShort(match) ? sql`not materialized` : sql`materialized`} (
        select email, name, score from contact_correspondent
        where owner_id = ${ownerId} and ${matches(match, place)} and not is_dismissed
      )
      select email, name, score from found order by score desc, email limit ${limit}`.execute(db)
    return rows
  },

  /** Everybody of the installation, or those with whom `inGroupOf` shares a group. */
  async directory(
    db: Queryable,
    match: Match,
    { inGroupOf, limit }: { inGroupOf: string | undefined; limit: number },
  ): Promise<FoundAddress[]> {
    const place = { table: 'contact_directory_person', key: 'person_id', ownerId: installation }
    const { rows } = await sql<FoundAddress>`
      select email, name, 0::double precision as score from contact_directory_person
      where owner_id = ${installation} and ${matches(match, place)}
        and ${inGroupOf === undefined ? sql`true` : sql`groups && ${groupsOf(inGroupOf)}`}
      order by name, email limit ${limit}`.execute(db)
    return rows
  },
}
