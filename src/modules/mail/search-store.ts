import { type RawBuilder, sql } from 'kysely'
import type { HitKey, SearchQuery, SearchTerm } from '#modules/search/index.ts'
import type { Transact, Tx } from '#platform/database/database.ts'
import { utc } from './reading/message-list-store.ts'

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

export type SearchPage = { query: SearchQuery; after: HitKey | undefined; limit: number }

/** Characters of a body in which excerpts are looked for. */
const textLength = 8000

export type MailSearchStore = ReturnType<typeof createMailSearchStore>

export function createMailSearchStore(transact: Transact) {
  return {
    /** Newest first, the planner choosing the way. Undefined when it takes longer than `timeoutMs`. */
    find: (ownerId: string, page: SearchPage, timeoutMs: number): Promise<FoundMessage[] | undefined> =>
      withinTime(transact, timeoutMs, (tx) => run(tx, ownerId, page, everything(ownerId, page))),

    /** The same among the owner's newest `depth` messages after the page's key only. */
    findAmongNewest: (
      ownerId: string,
      page: SearchPage,
      { depth, timeoutMs }: { depth: number; timeoutMs: number },
    ): Promise<FoundMessage[] | undefined> =>
      withinTime(transact, timeoutMs, (tx) => run(tx, ownerId, page, newest(ownerId, page, depth))),
  }
}

async function withinTime<T>(transact: Transact, milliseconds: number, work: (tx: Tx) => Promise<T>) {
  try {
    return await transact(async (tx) => {
      await sql`select set_config('statement_timeout', ${String(milliseconds)}, true)`.execute(tx)
      return work(tx)
    })
  } catch (error) {
    // query_canceled
    if ((error as { code?: string }).code === '57014') return undefined
    throw error
  }
}

async function run(tx: Tx, ownerId: string, page: SearchPage, searched: RawBuilder<unknown>): Promise<FoundMessage[]> {
  const { rows } = await sql<FoundMessage>`
    select hit.message_id as id, ${sql.raw(utc('hit.received_at'))} as received_at, hit.mail_account_id,
      hit.shown_folder_id as folder_id, message.subject, message.from_name, message.from_email, message.preview,
      left(body.text_body, ${textLength}) as text
    from (
      select searched.message_id, searched.received_at, place.mail_account_id, place.shown_folder_id
      from ${searched} as searched
      cross join lateral (
        select mail_account_id, shown_folder_id from mail_location
        where owner_id = ${ownerId} and message_id = searched.message_id and gone_at is null
        limit 1
      ) as place
      order by searched.received_at desc, searched.message_id desc
      limit ${page.limit}
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

const everything = (ownerId: string, { query, after }: SearchPage) => sql`(
  select message_id, received_at from mail_search
  where owner_id = ${ownerId} and ${isAfter(after)} and words @@ (${tsquery(query)})
)`

/** Cut before it is matched: a date index walk whose length is known. */
const newest = (ownerId: string, { query, after }: SearchPage, depth: number) => sql`(
  select message_id, received_at from (
    select message_id, received_at, words from mail_search
    where owner_id = ${ownerId} and ${isAfter(after)}
    order by received_at desc, message_id desc
    limit ${depth}
  ) as newest
  where words @@ (${tsquery(query)})
)`

const isAfter = (key: HitKey | undefined) =>
  key ? sql`(received_at, message_id) < (${key.when}::timestamptz, ${key.id}::uuid)` : sql`true`

function tsquery({ terms }: SearchQuery): RawBuilder<unknown> {
  return sql.join(terms.map(termQuery), sql` && `)
}

function termQuery(term: SearchTerm): RawBuilder<unknown> {
  const found = term.isPhrase
    ? sql`phraseto_tsquery('ulti_words', ${term.text})`
    : term.isPrefix
      ? prefixQuery(term.text)
      : sql`plainto_tsquery('ulti_words', ${term.text})`
  return term.isExcluded ? sql`!! ${found}` : found
}

/**
 * `user@exa` while somebody types an address: the whole as it stands, or its parts with the last one as a beginning.
 * The last part is letters and numbers only, so that to_tsquery can't be led astray.
 */
function prefixQuery(text: string): RawBuilder<unknown> {
  const parts = text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  const beginning = sql`to_tsquery('ulti_words', ${`'${parts.at(-1) ?? ''}':*`})`
  const leading = parts.slice(0, -1)
  if (leading.length === 0) return beginning
  const parted = sql`(plainto_tsquery('ulti_words', ${leading.join(' ')}) && ${beginning})`
  return sql`(plainto_tsquery('ulti_words', ${text}) || ${parted})`
}
