import { type RawBuilder, sql } from 'kysely'
import { tsvectors } from '../../src/platform/database/binary-arrays.ts'
import type { Database } from '../../src/platform/database/database.ts'
import { createWordIndex } from '../../src/platform/words/word-index.ts'
import { createRandom, createWords } from '../harness/random.ts'

/** Words by how many messages have them, and phrases of these. */
export const marks = {
  half: 'evergreen',
  otherHalf: 'clockwork',
  twentieth: 'harbour',
  twoHundredth: 'lantern',
  rare: 'pangolin',
}

const paragraphs = 2000
const wordsOfParagraph = 45

/**
 * Fills a migrated database with mail of many owners, one of them with `large` messages. By SQL, since no sync makes a
 * million messages in a minute; words as the product makes them, with their stems.
 */
export async function fillMailboxes(
  database: Database,
  { ownerId, large, total, owners }: { ownerId: string; large: number; total: number; owners: number },
): Promise<void> {
  await sql`set session_replication_role = replica`.execute(database)
  await sql`set statement_timeout = 0`.execute(database)
  const step = async (what: string, work: RawBuilder<unknown>) => {
    const startedAt = performance.now()
    await work.execute(database)
    console.log(`  ${what.padEnd(28)} ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
  }
  await paragraphTable(database)
  await step('owners', ownersTable(ownerId, large, total, owners))
  await sql`drop index mail_search_words`.execute(database)
  await step('messages', staged(total))
  await step('rows of lists', listRows)
  await step('places', places)
  await step('texts', bodies)
  await step('words', words)
  await sql`set maintenance_work_mem = '1GB'`.execute(database)
  await step('index of words', sql`create index mail_search_words on mail_search using gin (owner_id, words)`)
  await sql`drop table bench_message, bench_paragraph, bench_owner`.execute(database)
  await step('vacuum', sql`vacuum analyze mail_search, mail_message, mail_location, mail_body`)
  await sql`set session_replication_role = origin`.execute(database)
}

async function paragraphTable(database: Database): Promise<void> {
  const random = createRandom(20_260_523)
  const word = createWords(random, 20_000)
  const index = createWordIndex()
  const texts = Array.from({ length: paragraphs }, () => Array.from({ length: wordsOfParagraph }, word).join(' '))
  const vectors = texts.map((text) => {
    index.add(Buffer.from(text), 'C')
    return index.finish()
  })
  await sql`create unlogged table bench_paragraph as
    select n - 1 as n, text, words from unnest(${texts}::text[], ${tsvectors(vectors)}::tsvector[])
      with ordinality as given (text, words, n)`.execute(database)
  await sql`alter table bench_paragraph add primary key (n)`.execute(database)
}

const ownersTable = (ownerId: string, large: number, total: number, owners: number) => sql`
  create unlogged table bench_owner as
  select case when n = 0 then ${ownerId}::uuid else gen_random_uuid() end as owner_id, gen_random_uuid() as account_id,
    gen_random_uuid() as folder_id, case when n = 0 then 0 else ${large} + (n - 1) * size end as first,
    case when n = 0 then ${large} else ${large} + n * size end as last
  from generate_series(0, ${owners - 1}::int) as n,
    (select (${total - large}::int / ${Math.max(1, owners - 1)}::int) as size) as sizes`

/** Every message draws its paragraphs and marks by a hash of its number: the same ones each time. */
const staged = (total: number) => sql`
  create unlogged table bench_message as
  select owner.owner_id, gen_random_uuid() as id, owner.account_id, owner.folder_id, n,
    timestamptz '2026-05-01' - (n - owner.first) * interval '15 minutes' as received_at,
    abs(hashint4(n)) % ${paragraphs}::int as first_paragraph, abs(hashint4(n + 7)) % ${paragraphs}::int as second_paragraph,
    abs(hashint4(n + 31)) % 1000 as person,
    concat_ws(' ', case when hashint4(n + 1) % 2 = 0 then ${marks.half} end,
      case when hashint4(n + 2) % 2 = 0 then ${marks.otherHalf} end,
      case when hashint4(n + 3) % 20 = 0 then ${marks.twentieth} end,
      case when hashint4(n + 4) % 200 = 0 then ${marks.twoHundredth} end,
      case when hashint4(n + 5) % 10000 = 0 then ${marks.rare} end) as marks
  from generate_series(0, ${total - 1}::int) as n
  join bench_owner as owner on n >= owner.first and n < owner.last`

const listRows = sql`
  insert into mail_message (owner_id, id, mail_account_id, subject, from_name, from_email, recipients, received_at, sent_at,
    size_bytes, preview, body_state)
  select owner_id, id, account_id, left(text, 60), 'Person ' || person, 'person' || person || '@example.test',
    '{"to": [], "cc": [], "bcc": []}', received_at, received_at, 4000, left(text, 150), 'stored'
  from bench_message join bench_paragraph as paragraph on paragraph.n = first_paragraph`

const places = sql`
  with folder as (
    insert into mail_folder (owner_id, id, mail_account_id, path, name, role, uidvalidity)
    select owner_id, folder_id, account_id, 'INBOX', 'INBOX', 'inbox', 1 from bench_owner
  )
  insert into mail_location (owner_id, folder_id, uidvalidity, uid, mail_account_id, message_id, shown_folder_id, received_at,
    is_read)
  select owner_id, folder_id, 1, n, account_id, id, folder_id, received_at, n % 10 <> 0 from bench_message`

const bodies = sql`
  insert into mail_body (owner_id, message_id, text_body)
  select owner_id, id, concat_ws(E'\n', first.text, marks, second.text)
  from bench_message join bench_paragraph as first on first.n = first_paragraph
    join bench_paragraph as second on second.n = second_paragraph`

const words = sql`
  insert into mail_search (owner_id, message_id, mail_account_id, received_at, words)
  select owner_id, id, account_id, received_at,
    setweight(to_tsvector('simple', 'person' || person || ' example test'), 'B')
      || first.words || to_tsvector('simple', marks) || second.words
  from bench_message join bench_paragraph as first on first.n = first_paragraph
    join bench_paragraph as second on second.n = second_paragraph
  order by owner_id, received_at`
