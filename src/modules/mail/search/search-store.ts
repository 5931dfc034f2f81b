import { type RawBuilder, sql } from 'kysely'
import type { HitKey, SearchNode } from '#modules/search/index.ts'
import type { Transact, Tx } from '#platform/database/database.ts'
import { withinTime } from '#platform/database/within-time.ts'
import { similarWords } from '#platform/words/similar-words-store.ts'
import { utc } from '../reading/place-walk-store.ts'
import { searchCondition } from './condition-store.ts'

export type FoundMessage = {
  id: string
  received_at: string
  mail_account_id: string
  folder_id: string
  subject: string
  from_name: string
  from_email: string
  preview: string
  text: string | null
}

/** Where and for what to look. Trash and Junk are looked through when they are asked for only. */
export type SearchScope = { ownerId: string; root: SearchNode; isEverywhere: boolean }
export type SearchPage = SearchScope & { after: HitKey | undefined; limit: number }
export type RankedMessage = { id: string; received_at: string; rank: number; is_known: boolean; is_starred: boolean }
export type TitledMessage = Pick<FoundMessage, 'subject' | 'from_name' | 'from_email'>
export type CountedMessage = { year: number; name: string; email: string }
/** `end` is where it ended; undefined when the page is full or nothing is left. */
export type Stride = { hits: FoundMessage[]; end: HitKey | undefined }

/** Messages of which somebody may be typing the subject or sender. */
const completedSize = 600
const completionTimeoutMs = 100
/** Messages whose words somebody may have meant. */
const vocabularySize = 2000
/** Matches that one statement looks at, unless more are wanted. */
const lookedAt = 300
/** Characters of a body in which excerpts are looked for. */
const textLength = 8000

export type MailSearchStore = ReturnType<typeof createMailSearchStore>

/** Each answers undefined when it takes longer than `timeoutMs`. */
export function createMailSearchStore(transact: Transact) {
  return {
    /** Newest first, the planner choosing the way; `end` where more may match behind those that were looked at. */
    find: (page: SearchPage, timeoutMs: number): Promise<Stride | undefined> =>
      withinTime(transact, timeoutMs, async (tx) => {
        const hits = await detailed(tx, page, matching(page))
        return { hits, end: hits.length < page.limit ? await endOf(tx, matching(page), depthOf(page)) : undefined }
      }),

    /** The same of what `candidates` finds, a tsquery of which the index alone knows the answer. */
    findAmong: (page: SearchPage, candidates: string, timeoutMs: number): Promise<FoundMessage[] | undefined> =>
      withinTime(transact, timeoutMs, (tx) => detailed(tx, page, among(page, candidates))),

    /** The same among the `depth` newest messages after the page's key. */
    stride: (page: SearchPage, depth: number, timeoutMs: number): Promise<Stride | undefined> =>
      withinTime(transact, timeoutMs, async (tx) => {
        const hits = await detailed(tx, page, newest(page, depth))
        return { hits, end: hits.length < page.limit ? await endOf(tx, walked(page, depth), depth) : undefined }
      }),

    /** How many a tsquery finds, counted up to `most`. */
    count: (
      { ownerId }: SearchScope,
      candidates: string,
      most: number,
      timeoutMs: number,
    ): Promise<number | undefined> =>
      withinTime(transact, timeoutMs, async (tx) => {
        const { rows } = await sql<{ count: number }>`select count(*) from (
          select from mail_search where owner_id = ${ownerId} and words @@ ${candidates}::tsquery limit ${most}
        ) as found`.execute(tx)
        return rows[0]?.count ?? 0
      }),

    /** The newest that match, with how well they do; `query` is the tsquery of what is wanted. */
    rank: (page: SearchPage, query: string, timeoutMs: number): Promise<RankedMessage[] | undefined> =>
      withinTime(transact, timeoutMs, (tx) => ranked(tx, page, query)),

    /** The newest that match, as they are counted. */
    counted: (page: SearchPage, timeoutMs: number): Promise<CountedMessage[] | undefined> =>
      withinTime(transact, timeoutMs, (tx) => counted(tx, page)),

    /** The newest messages in whose subject or sender a word begins like that. */
    beginning: (ownerId: string, pattern: string, limit: number): Promise<TitledMessage[] | undefined> =>
      withinTime(transact, completionTimeoutMs, async (tx) => {
        const { rows } = await sql<TitledMessage>`
          select message.subject, message.from_name, message.from_email from (
            select message_id from mail_search where owner_id = ${ownerId}
            order by received_at desc, message_id desc limit ${completedSize}
          ) as newest
          join mail_message as message on message.owner_id = ${ownerId} and message.id = newest.message_id
          where lower(unaccent(concat_ws(' ', message.from_name, message.from_email, message.subject))) ~ ${pattern}
          limit ${limit}`.execute(tx)
        return rows
      }),

    /** Words of the newest subjects and people that look like these. */
    similarWords: (ownerId: string, wanted: readonly string[]): Promise<string[]> =>
      transact((tx) =>
        similarWords(
          tx,
          sql`select words from mail_search where owner_id = ${ownerId} order by received_at desc limit ${vocabularySize}`,
          wanted,
        ),
      ),

    /** What is shown of these, in any order; those that are gone by now are left out. */
    present: (scope: SearchScope, ids: readonly string[]): Promise<FoundMessage[]> =>
      transact((tx) =>
        detailed(
          tx,
          { ...scope, limit: ids.length },
          sql`(
        select message_id, received_at from mail_search
        where owner_id = ${scope.ownerId} and message_id = any(${ids}::uuid[])
      )`,
        ),
      ),
  }
}

/** `searched` comes newest first. */
async function detailed(
  tx: Tx,
  scope: SearchScope & { limit: number },
  searched: RawBuilder<unknown>,
): Promise<FoundMessage[]> {
  const { ownerId } = scope
  const { rows } = await sql<FoundMessage>`
    select hit.message_id as id, ${sql.raw(utc('hit.received_at'))} as received_at, hit.mail_account_id,
      hit.shown_folder_id as folder_id, message.subject, message.from_name, message.from_email, message.preview,
      left(body.text_body, ${textLength}) as text
    from (
      select searched.message_id, searched.received_at, place.mail_account_id, place.shown_folder_id
      from ${searched} as searched
      cross join lateral (${places(scope)}) as place
      limit ${scope.limit}
    ) as hit
    cross join lateral (
      select * from mail_message where owner_id = ${ownerId} and id = hit.message_id limit 1
    ) as message
    left join lateral (
      select text_body from mail_body where owner_id = ${ownerId} and message_id = hit.message_id limit 1
    ) as body on true
    order by hit.received_at desc, hit.message_id desc`.execute(tx)
  return rows
}

/** A place where its owner sees the message `searched`. */
const places = ({ ownerId, isEverywhere }: SearchScope) => sql`
  select mail_account_id, shown_folder_id, is_starred from mail_location
  where owner_id = ${ownerId} and message_id = searched.message_id and gone_at is null and not is_deleted
    and ${
      isEverywhere
        ? sql`true`
        : sql`shown_folder_id <> all(array(
      select id from mail_folder where owner_id = ${ownerId} and role in ('trash', 'junk')))`
    }
  limit 1`

/**
 * Newest first. Asked for fifty rows, the planner takes rare words for commoner than they are and walks the date index over
 * all messages; asked for some hundreds behind a fence, it looks them up, and asked for a thousand it does so for words in
 * every twentieth message too, which the walk finds ten times sooner. No more of them are read than are taken out, and they
 * come out in their order.
 */
const matching = ({ ownerId, root, after, limit }: SearchPage) => sql`(
  with match as materialized (
    select message_id, received_at from mail_search as found
    where owner_id = ${ownerId} and ${isAfter(after)} and ${searchCondition(ownerId, root)}
    order by received_at desc, message_id desc
    limit ${depthOf({ limit })}
  )
  select message_id, received_at from match
)`

const depthOf = ({ limit }: Pick<SearchPage, 'limit'>): number => Math.max(lookedAt, limit)

/** Materialised: the planner would walk the date index and look at where words stand in every message. */
const among = ({ ownerId, root, after }: SearchPage, candidates: string) => sql`(
  with candidate as materialized (
    select message_id, received_at, words from mail_search
    where owner_id = ${ownerId} and words @@ ${candidates}::tsquery
  )
  select message_id, received_at from candidate as found
  where ${isAfter(after)} and ${searchCondition(ownerId, root)}
  order by received_at desc, message_id desc
)`

/** Cut before it is matched: a date index walk whose length is known. */
const newest = ({ ownerId, root, after }: SearchPage, depth: number) => sql`(
  select message_id, received_at from (
    select message_id, received_at, words from mail_search
    where owner_id = ${ownerId} and ${isAfter(after)}
    order by received_at desc, message_id desc
    limit ${depth}
  ) as found
  where ${searchCondition(ownerId, root)}
  order by received_at desc, message_id desc
)`

const walked = ({ ownerId, after }: SearchPage, depth: number) => sql`(
  select message_id, received_at from mail_search where owner_id = ${ownerId} and ${isAfter(after)}
  order by received_at desc, message_id desc
  limit ${depth}
)`

/** The last of so many rows; undefined when there are fewer. */
async function endOf(tx: Tx, rows: RawBuilder<unknown>, count: number): Promise<HitKey | undefined> {
  const found = await sql<HitKey>`
    select ${sql.raw(utc('received_at'))} as when, message_id as id from ${rows} as walked
    order by received_at desc, message_id desc
    limit 1 offset ${count - 1}`.execute(tx)
  return found.rows[0]
}

/** Words in the subject count most, then people, then text; other forms of a word a step less. */
const weights = '{0.05, 0.2, 0.6, 1}'

async function ranked(tx: Tx, page: SearchPage, query: string): Promise<RankedMessage[]> {
  const { ownerId, limit } = page
  const { rows } = await sql<RankedMessage>`
    select searched.message_id as id, ${sql.raw(utc('searched.received_at'))} as received_at,
      ts_rank(${weights}::real[], searched.words, ${query}::tsquery, 1)::float8 as rank, place.is_starred,
      exists (
        select from mail_correspondent_domain as known
        where known.owner_id = ${ownerId} and known.domain = lower(split_part(message.from_email, '@', 2))
      ) as is_known
    from (
      select found.message_id, found.received_at, found.words from mail_search as found
      where owner_id = ${ownerId} and ${isAfter(page.after)} and ${searchCondition(ownerId, page.root)}
      order by received_at desc, message_id desc
      limit ${limit}
    ) as searched
    cross join lateral (${places(page)}) as place
    cross join lateral (
      select from_email from mail_message where owner_id = ${ownerId} and id = searched.message_id limit 1
    ) as message`.execute(tx)
  return rows
}

async function counted(tx: Tx, page: SearchPage): Promise<CountedMessage[]> {
  const { rows } = await sql<CountedMessage>`
    select extract(year from searched.received_at at time zone 'UTC')::int as year,
      message.from_name as name, message.from_email as email
    from ${matching(page)} as searched
    cross join lateral (${places(page)}) as place
    cross join lateral (
      select from_name, from_email from mail_message where owner_id = ${page.ownerId} and id = searched.message_id limit 1
    ) as message`.execute(tx)
  return rows
}

const isAfter = (key: HitKey | undefined) =>
  key ? sql`(received_at, message_id) < (${key.when}::timestamptz, ${key.id}::uuid)` : sql`true`
