import { sql } from 'kysely'
import { storeBodies } from '../../src/modules/mail/sync/body-store.ts'
import { detailsOfHeader } from '../../src/modules/mail/view/message-details.ts'
import { detailStore } from '../../src/modules/mail/view/view-store.ts'
import type { Installation } from '../../test/fixtures/installation.ts'
import { insertAccount, insertFolder } from '../../test/fixtures/mailbox-rows.ts'
import { newsletters } from '../../test/fixtures/newsletters.ts'
import { createRandom, createWords } from '../harness/random.ts'

/** Messages that have a body: those which are looked at. */
const viewed = 200

/** `middleTime`: when the message came in before which half of them lie. */
export type LargeMailbox = { inbox: string; viewedIds: string[]; middleTime: string }

/** An inbox with that many messages, by SQL; the newest have bodies of letters and newsletters. */
export async function fillMailbox(
  { database, transact }: Installation,
  ownerId: string,
  messages: number,
): Promise<LargeMailbox> {
  const account = await insertAccount(database, ownerId)
  const inbox = await insertFolder(database, account, { path: 'INBOX', role: 'inbox' })
  const word = createWords(createRandom(20_261_127), 4000)
  const text = (words: number) => Array.from({ length: words }, word).join(' ')
  const previews = Array.from({ length: 500 }, () => text(25))
  await sql`create unlogged table bench_message as
    select gen_random_uuid() as id, n, timestamptz '2026-05-01' - n * interval '7 minutes' as received_at,
      (${previews}::text[])[1 + n % 500] as preview, abs(hashint4(n)) % 1000 as person
    from generate_series(0, ${messages - 1}::int) as n`.execute(database)
  await sql`
    insert into mail_message (owner_id, id, mail_account_id, thread_id, subject, from_name, from_email, recipients,
      received_at, sent_at, size_bytes, preview, body_state, has_attachments)
    select ${ownerId}, id, ${account.mailAccountId}, id, left(preview, 60), 'Person ' || person,
      'person' || person || '@example.test',
      jsonb_build_object('to', jsonb_build_array(jsonb_build_object('name', 'Reader', 'email', 'reader@example.test'))),
      received_at, received_at, 4000, preview, 'stored', n % 5 = 0
    from bench_message`.execute(database)
  await sql`
    insert into mail_location (owner_id, folder_id, uidvalidity, uid, mail_account_id, message_id, shown_folder_id,
      received_at, is_read, is_starred, has_attachments)
    select ${ownerId}, ${inbox}, 1, ${messages}::int - n, ${account.mailAccountId}, id, ${inbox}, received_at, n % 10 <> 0,
      n % 30 = 0, n % 5 = 0
    from bench_message`.execute(database)
  const { rows } = await sql<{ id: string }>`select id from bench_message order by n limit ${viewed}`.execute(database)
  const middle = await sql<{ at: Date }>`select received_at as at from bench_message
    order by received_at offset ${Math.floor(messages / 2)} limit 1`.execute(database)
  const viewedIds = rows.map(({ id }) => id)
  const details = { ...detailsOfHeader(Buffer.from('Subject: x\r\n\r\n')), calendar: null, tnef: [] }
  const page = (at: number) =>
    newsletters[at % newsletters.length]?.html.replace('</body>', `<p>${text(300)}</p></body>`)
  await transact(async (tx) => {
    const bodies = viewedIds.map((messageId, at) => ({
      ...{ messageId, text: text(400), html: at % 3 === 0 ? null : (page(at) ?? null), isTruncated: false },
    }))
    await storeBodies(tx, ownerId, bodies)
    await detailStore.keepAll(
      tx,
      ownerId,
      viewedIds.map((id) => ({ id, details })),
    )
  })
  await sql`drop table bench_message`.execute(database)
  await sql`vacuum analyze`.execute(database)
  return { inbox, viewedIds, middleTime: `${middle.rows[0]?.at.toISOString().slice(0, -1)}000Z` }
}
