import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { searchText } from '../names/folding.ts'
import type { Correspondent } from './correspondence.ts'

export type Suggestion = {
  email: string
  name: string
  written_count: number
  last_written_at: Date
  score: number
}

/** Whoever answers to nobody. */
const automatic = '(^|[.+_-])(no-?reply|do-?not-?reply|mailer-daemon|postmaster|bounces?|notifications?)([.+_-]|@)'

const isSuggested = (ownerId: string) => sql<boolean>`
  not is_dismissed and email !~ ${automatic}
  and email <> coalesce((select lower(email) from principal where id = ${ownerId}), '')
  and not exists (
    select 1 from contact where contact.owner_id = ${ownerId} and contact.emails @> array[contact_correspondent.email]
  )`

const columns = ['email', 'name', 'written_count', 'last_written_at', 'score'] as const

export const correspondentStore = {
  /** Adds what was written since; each contact with one of the addresses rises by it. */
  async add(tx: Tx, ownerId: string, people: readonly Correspondent[]): Promise<void> {
    if (people.length === 0) return
    const given = people.map(({ firstAt, lastAt, ...rest }) => ({
      ...{ ...rest, first_at: firstAt, last_at: lastAt },
      search: searchText([rest.name], [rest.email]),
    }))
    await sql`
      with added as (
        insert into contact_correspondent as known
          (owner_id, email, name, search, written_count, first_written_at, last_written_at, score)
        select ${ownerId}, email, name, search, count, first_at, last_at, score
        from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as given (email text, name text, search text,
          count int, first_at timestamptz, last_at timestamptz, score double precision)
        order by email
        on conflict (owner_id, email) do update set
          name = case when excluded.name <> '' then excluded.name else known.name end,
          search = case when excluded.name <> '' then excluded.search else known.search end,
          written_count = known.written_count + excluded.written_count,
          first_written_at = least(known.first_written_at, excluded.first_written_at),
          last_written_at = greatest(known.last_written_at, excluded.last_written_at),
          score = greatest(known.score, excluded.score)
            + ln(1 + power(2, -least(abs(known.score - excluded.score), 1000))) / ln(2)
        returning email, score
      ), risen as (
        select contact.id, max(added.score) as score from contact, unnest(contact.emails) as address
        join added on added.email = address
        where contact.owner_id = ${ownerId} and contact.emails && ${people.map(({ email }) => email)}::text[]
        group by contact.id
      )
      update contact set score = greatest(contact.score, risen.score)
      from risen where contact.owner_id = ${ownerId} and contact.id = risen.id`.execute(tx)
  },

  /** Whom the owner wrote to without having them as contacts, the likeliest first. */
  suggested: (
    db: Queryable,
    ownerId: string,
    page: { after: readonly [score: string, email: string] | undefined; limit: number },
  ): Promise<Suggestion[]> =>
    db
      .selectFrom('contact_correspondent')
      .select(columns)
      .where('owner_id', '=', ownerId)
      .where(isSuggested(ownerId))
      .$if(page.after !== undefined, (query) =>
        query.where(sql<boolean>`(-score, email) > (-${page.after?.[0]}::double precision, ${page.after?.[1]})`),
      )
      .orderBy(sql`-score`)
      .orderBy('email')
      .limit(page.limit)
      .execute(),

  findSuggested: (db: Queryable, ownerId: string, email: string): Promise<Suggestion | undefined> =>
    db
      .selectFrom('contact_correspondent')
      .select(columns)
      .where('owner_id', '=', ownerId)
      .where('email', '=', email)
      .where(isSuggested(ownerId))
      .executeTakeFirst(),

  async dismiss(db: Queryable, ownerId: string, email: string): Promise<boolean> {
    const { numUpdatedRows } = await db
      .updateTable('contact_correspondent')
      .set({ is_dismissed: true })
      .where('owner_id', '=', ownerId)
      .where('email', '=', email)
      .where(isSuggested(ownerId))
      .executeTakeFirst()
    return numUpdatedRows > 0n
  },
}
