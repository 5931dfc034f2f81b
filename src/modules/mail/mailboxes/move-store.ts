import { type RawBuilder, sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'

/** An account on its way from one owner to another. */
export type Move = { from: string; to: string; mailAccountId: string }

/** What hangs on an account by its id, and on nothing else that moves. */
const ofAccount = [
  ...['mail_lease', 'mail_message', 'mail_search', 'mail_pending_body', 'mail_location', 'mail_thread_reference'],
  ...['mail_remote_op', 'mail_folder_op', 'mail_outbox', 'mail_oauth_grant', 'mail_traffic', 'mail_send_allowance'],
  ...['mail_sync_attempt', 'mail_arrival', 'mail_draft', 'mail_draft_copy', 'mail_identity', 'mail_vacation'],
  ...['mail_vacation_reply'],
]
/** Those that name accounts and are moved by a statement of their own, or go with the account: see `carryOut`. */
const movedApart = [
  'mail_folder',
  'mail_import',
  'mail_rule',
  'mail_rule_pass',
  'mail_move',
  'mail_oauth_authorization',
]
/** All tables whose rows name an account: what becomes of each when it moves is decided. */
export const tablesOfMoves: readonly string[] = [...ofAccount, ...movedApart]
/** What a mailbox goes on with as its owner had it. */
const copiedWhole = ['mail_preference', 'mail_arrival_interest', 'mail_rule_revision']

export const moveStore = {
  async plan(tx: Tx, { from, to, mailAccountId }: Move): Promise<void> {
    await sql`insert into mail_move (owner_id, mail_account_id, to_owner_id)
      values (${from}, ${mailAccountId}, ${to}) on conflict do nothing`.execute(tx)
  },

  /** Where an account is going; undefined for one that stays. */
  async find(db: Queryable, from: string, mailAccountId: string): Promise<Move | undefined> {
    const { rows } = await sql<{ to_owner_id: string }>`
      select to_owner_id from mail_move where owner_id = ${from} and mail_account_id = ${mailAccountId}`.execute(db)
    return rows[0] && { from, mailAccountId, to: rows[0].to_owner_id }
  },

  /** How it goes; undefined for an account that stays. */
  async state(db: Queryable, from: string, mailAccountId: string): Promise<{ errorCode: string | null } | undefined> {
    const { rows } = await sql<{ errorCode: string | null }>`
      select error_code as "errorCode" from mail_move
      where owner_id = ${from} and mail_account_id = ${mailAccountId}`.execute(db)
    return rows[0]
  },

  async cancel(db: Queryable, from: string, mailAccountId: string): Promise<void> {
    await sql`delete from mail_move where owner_id = ${from} and mail_account_id = ${mailAccountId}`.execute(db)
  },

  async all(db: Queryable, limit: number): Promise<{ ownerId: string; mailAccountId: string }[]> {
    const { rows } = await sql<{ ownerId: string; mailAccountId: string }>`
      select owner_id as "ownerId", mail_account_id as "mailAccountId" from mail_move
      order by created_at limit ${limit}`.execute(db)
    return rows
  },

  async fail(db: Queryable, { from, mailAccountId }: Move, errorCode: string): Promise<void> {
    await sql`update mail_move set error_code = ${errorCode}
      where owner_id = ${from} and mail_account_id = ${mailAccountId}`.execute(db)
  },

  /** Something of it is being sent or read in: its end is written down under the owner who began it. */
  async isBusy(tx: Tx, { from, mailAccountId }: Move): Promise<boolean> {
    // Locked, so that nobody begins meanwhile.
    const { rows } = await sql<{ state: string }>`
      select state from mail_outbox where owner_id = ${from} and mail_account_id = ${mailAccountId}
        and state in ('held', 'queued', 'transmitting') order by id for update`.execute(tx)
    const imports = await sql`select from mail_import
      where owner_id = ${from} and mail_account_id = ${mailAccountId} and claimed_until > now()`.execute(tx)
    return imports.rows.length > 0 || rows.some(({ state }) => state === 'transmitting')
  },

  /** Whether the one to whom it goes has that mailbox already. */
  async isThere(tx: Tx, { from, to, mailAccountId }: Move): Promise<boolean> {
    const { rows } = await sql`
      select from mail_account as moved join mail_account as present on present.owner_id = ${to}
        and lower(present.email) = lower(moved.email) and present.imap ->> 'host' = moved.imap ->> 'host'
        and present.imap ->> 'username' = moved.imap ->> 'username'
      where moved.owner_id = ${from} and moved.id = ${mailAccountId}`.execute(tx)
    return rows.length > 0
  },

  /** Keys of the objects that its drafts and its outbox name. */
  async objects(db: Queryable, { from, mailAccountId }: Move): Promise<string[]> {
    const { rows } = await sql<{ object: string }>`
      select distinct object from (
        select mime_object as object from mail_outbox
        where owner_id = ${from} and mail_account_id = ${mailAccountId} and mime_object is not null
        union all
        select attached ->> 'object' from mail_outbox, jsonb_array_elements(composition -> 'attachments') as attached
        where owner_id = ${from} and mail_account_id = ${mailAccountId} and composition is not null
        union all
        select attached ->> 'object' from mail_draft, jsonb_array_elements(attachments) as attached
        where owner_id = ${from} and mail_account_id = ${mailAccountId}
        union all
        select piece.object from mail_import_piece as piece join mail_import as import
          on import.owner_id = piece.owner_id and import.id = piece.import_id
        where piece.owner_id = ${from} and import.mail_account_id = ${mailAccountId}
      ) as named where object is not null`.execute(db)
    return rows.map(({ object }) => object)
  },

  /** Everything of the account is the other owner's from the commit on, under the ids that it had. */
  async carryOut(tx: Tx, move: Move): Promise<void> {
    const { from, to, mailAccountId } = move
    const isOwn = sql`owner_id = ${from} and mail_account_id = ${mailAccountId}`
    const messages = sql`(select id from mail_message where ${isOwn})`
    await copy(tx, 'mail_account', move, sql`owner_id = ${from} and id = ${mailAccountId}`)
    // A trigger made one for the account that seemed to be new.
    await sql`delete from mail_identity where owner_id = ${to} and mail_account_id = ${mailAccountId}`.execute(tx)
    // Counted by triggers as its messages come.
    await copy(tx, 'mail_folder', move, isOwn, { total_count: 0, unread_count: 0 })
    await copy(tx, 'mail_import', move, isOwn)
    await copy(tx, 'mail_rule', move, isOwn)
    await reown(tx, 'mail_imported_message', move, sql`folder_id in (select id from mail_folder where ${isOwn})`)
    await reown(tx, 'mail_import_piece', move, sql`import_id in (select id from mail_import where ${isOwn})`)
    await reown(tx, 'mail_rule_reply', move, sql`rule_id in (select id from mail_rule where ${isOwn})`)
    await reown(tx, 'mail_rule_execution', move, sql`rule_id in (select id from mail_rule where ${isOwn})`)
    await sql`delete from mail_rule_execution where owner_id = ${from} and message_id in ${messages}`.execute(tx)
    // Fetched again when somebody asks for them.
    await sql`delete from mail_message_header where owner_id = ${from} and message_id in ${messages}`.execute(tx)
    await moveLabels(tx, move, messages)
    await reown(tx, 'mail_body', move, sql`message_id in ${messages}`)
    await reown(tx, 'mail_unsubscription', move, sql`message_id in ${messages}`)
    await reown(tx, 'mail_muted_thread', move, sql`thread_id in (select thread_id from mail_message where ${isOwn})`)
    await copyFiles(tx, move)
    for (const table of ofAccount) await reown(tx, table, move, sql`mail_account_id = ${mailAccountId}`)
    for (const table of copiedWhole) await copy(tx, table, move, sql`owner_id = ${from}`)
    await renameObjects(tx, move)
    // With it goes what is of no use to another owner: passes of rules, and the move itself.
    await sql`delete from mail_account where owner_id = ${from} and id = ${mailAccountId}`.execute(tx)
  },
}

const reown = (tx: Tx, table: string, { from, to }: Move, condition: RawBuilder<unknown>) =>
  sql`update ${sql.table(table)} set owner_id = ${to} where owner_id = ${from} and ${condition}`.execute(tx)

/** Rows that others refer to are there twice for a moment. */
const copy = (tx: Tx, table: string, { to }: Move, condition: RawBuilder<unknown>, changes: object = {}) =>
  sql`insert into ${sql.table(table)}
    select (jsonb_populate_record(null::${sql.table(table)}, to_jsonb(one)
      || ${JSON.stringify({ ...changes, owner_id: to })}::jsonb)).*
    from ${sql.table(table)} as one where ${condition} on conflict do nothing`.execute(tx)

/** Labels are their owner's: those in use are copied, or are the ones that the other owner has by that name. */
async function moveLabels(tx: Tx, { from, to, mailAccountId }: Move, messages: RawBuilder<unknown>): Promise<void> {
  const { rows: used } = await sql<{ id: string }>`
    select id from mail_label as label where owner_id = ${from} and (
      exists (select from mail_message_label as labelled
        where labelled.owner_id = ${from} and labelled.label_id = label.id and labelled.message_id in ${messages})
      or exists (select from mail_rule where owner_id = ${from} and mail_account_id = ${mailAccountId}
        and actions::text like '%' || label.id || '%'))`.execute(tx)
  if (used.length === 0) return
  await sql`insert into mail_label (owner_id, id, name, color, keyword, created_at)
    select ${to}, fresh.id, label.name, label.color, label.keyword, label.created_at
    from unnest(${used.map(({ id }) => id)}::uuid[], ${used.map(() => newId())}::uuid[]) as fresh (old_id, id)
    join mail_label as label on label.owner_id = ${from} and label.id = fresh.old_id
    on conflict do nothing`.execute(tx)
  const { rows: pairs } = await sql<{ old_id: string; new_id: string }>`
    select distinct on (old.id) old.id as old_id, new.id as new_id
    from mail_label as old join mail_label as new on new.owner_id = ${to}
      and (lower(new.name) = lower(old.name) or lower(new.keyword) = lower(old.keyword))
    where old.owner_id = ${from} and old.id = any(${used.map(({ id }) => id)}::uuid[])
    order by old.id, lower(new.name) <> lower(old.name)`.execute(tx)
  const pair = sql`unnest(${pairs.map(({ old_id }) => old_id)}::uuid[], ${pairs.map(({ new_id }) => new_id)}::uuid[])
    as pair (old_id, new_id)`
  await sql`insert into mail_message_label (owner_id, message_id, label_id, received_at)
    select ${to}, labelled.message_id, pair.new_id, max(labelled.received_at)
    from mail_message_label as labelled join ${pair} on pair.old_id = labelled.label_id
    where labelled.owner_id = ${from} and labelled.message_id in ${messages} group by 2, 3
    on conflict do nothing`.execute(tx)
  await sql`delete from mail_message_label where owner_id = ${from} and message_id in ${messages}`.execute(tx)
  for (const { old_id, new_id } of pairs) {
    await sql`update mail_rule set actions = replace(actions::text, ${old_id}, ${new_id})::jsonb
      where owner_id = ${to} and mail_account_id = ${mailAccountId}`.execute(tx)
  }
}

/** The files that drafts and the outbox name, for the other owner too; objects are copied before. */
async function copyFiles(tx: Tx, move: Move): Promise<void> {
  const { from, mailAccountId } = move
  const ofMove = sql`owner_id = ${from} and mail_account_id = ${mailAccountId}`
  const attached = sql`(
    select attached from mail_draft, jsonb_array_elements(attachments) as attached where ${ofMove}
    union all
    select attached from mail_outbox, jsonb_array_elements(composition -> 'attachments') as attached
    where ${ofMove} and composition is not null)`
  await copyNamed(tx, 'mail_blob', move, sql`object in (select attached ->> 'object' from ${attached} as named)`)
  await copyNamed(tx, 'mail_upload', move, sql`id::text in (select attached ->> 'id' from ${attached} as named)`)
}

const copyNamed = (tx: Tx, table: string, { from, to }: Move, condition: RawBuilder<unknown>) =>
  sql`insert into ${sql.table(table)}
    select (jsonb_populate_record(null::${sql.table(table)}, to_jsonb(one) || jsonb_build_object('owner_id', ${to}::text,
      'object', ${renamed(from, to, sql`one.object`)}))).*
    from ${sql.table(table)} as one where owner_id = ${from} and ${condition} on conflict do nothing`.execute(tx)

async function renameObjects(tx: Tx, { from, to, mailAccountId }: Move): Promise<void> {
  const isMoved = sql`owner_id = ${to} and mail_account_id = ${mailAccountId}`
  await sql`update mail_draft set attachments = ${renamed(from, to, sql`attachments::text`)}::jsonb
    where ${isMoved} and attachments <> '[]'`.execute(tx)
  await sql`update mail_outbox set mime_object = ${renamed(from, to, sql`mime_object`)},
      composition = ${renamed(from, to, sql`composition::text`)}::jsonb where ${isMoved}`.execute(tx)
  await sql`update mail_import_piece set object = ${renamed(from, to, sql`object`)}
    where owner_id = ${to} and import_id in (select id from mail_import where ${isMoved})`.execute(tx)
}

const renamed = (from: string, to: string, text: RawBuilder<unknown>) =>
  sql`replace(${text}, ${`/${from}/`}::text, ${`/${to}/`}::text)`
