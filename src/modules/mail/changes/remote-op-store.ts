import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'

/** Flags as the server names them, `\Seen` (RFC 3501 §2.3.2). */
export type FlagChange = { add: string[]; remove: string[] }

/** `from_folder_id`: where the server had it when its owner moved it. */
export type MoveChange = { folder_id: string; from_folder_id: string }

/** For good. `from_folder_id`: where the server had it. */
export type DeleteChange = { from_folder_id: string }

/** `copy_id`: the message that the copy is here. */
export type CopyChange = { folder_id: string; from_folder_id: string; copy_id: string }

/** A message that comes from another account; with `is_move` the original is erased once this is confirmed. */
export type AppendChange = {
  folder_id: string
  source_message_id: string
  source_account_id: string
  is_move: boolean
  /** RFC 3339: the end of the time in which its owner can take it back; the original is kept as long. */
  erase_at: string
}

export type RemoteChange =
  | { kind: 'set_flags'; change: FlagChange }
  /** Names of labels on a server whose folders are labels (X-GM-LABELS). */
  | { kind: 'set_labels'; change: FlagChange }
  | { kind: 'move'; change: MoveChange }
  | { kind: 'delete'; change: DeleteChange }
  | { kind: 'copy'; change: CopyChange }
  | { kind: 'append'; change: AppendChange }

/**
 * A write to the mail server that its owner sees done already. `running`: it was begun; should nobody be at it any more
 * (a crash), what the server says now tells whether it was done.
 */
export type RemoteOp = RemoteChange & {
  id: string
  mail_account_id: string
  message_id: string
  state: 'pending' | 'running'
  attempts: number
}

/** Not to be written before `notBefore`. */
export type NewRemoteOp = RemoteChange & { mailAccountId: string; messageId: string; notBefore?: Date | undefined }

export type RewrittenOp = { id: string; change: RemoteChange['change'] }

const columns = ['id', 'mail_account_id', 'message_id', 'kind', 'change', 'state', 'attempts'] as const

/** Pending writes to mail servers. Those of one account are to be executed in the order of `seq`, as lists have them. */
export const remoteOpStore = {
  /** Appends operations behind all that exist for their messages, in the order given. */
  async insert(tx: Tx, ownerId: string, ops: readonly NewRemoteOp[]): Promise<void> {
    if (ops.length === 0) return
    await sql`
      insert into mail_remote_op (owner_id, id, mail_account_id, message_id, kind, change, next_attempt_at)
      select ${ownerId}, op.id, op.mail_account_id, op.message_id, op.kind, op.change, coalesce(op.not_before, now())
      from unnest(${ops.map(newId)}::uuid[], ${ops.map((op) => op.mailAccountId)}::uuid[],
        ${ops.map((op) => op.messageId)}::uuid[], ${ops.map((op) => op.kind)}::text[],
        ${ops.map((op) => JSON.stringify(op.change))}::jsonb[], ${ops.map((op) => op.notBefore ?? null)}::timestamptz[])
        with ordinality as op (id, mail_account_id, message_id, kind, change, not_before, place)
      order by op.place`.execute(tx)
  },

  /** What has been asked for and is not done, and may be tried now, oldest first. */
  async listDue(on: Queryable, ownerId: string, mailAccountId: string, limit: number): Promise<RemoteOp[]> {
    const rows = await on
      .selectFrom('mail_remote_op')
      .select(columns)
      .where('owner_id', '=', ownerId)
      .where('mail_account_id', '=', mailAccountId)
      .where('state', 'in', ['pending', 'running'])
      .where('next_attempt_at', '<=', sql<Date>`now()`)
      .orderBy('seq')
      .limit(limit)
      .execute()
    return rows as RemoteOp[]
  },

  /**
   * What is still to be written about these messages, oldest first: it beats whatever the server says of them. Locked,
   * so that none of it begins or ends before `tx` does.
   */
  async lockOpenOf(tx: Tx, ownerId: string, messageIds: readonly string[]): Promise<RemoteOp[]> {
    const rows = await tx
      .selectFrom('mail_remote_op')
      .select(columns)
      .where('owner_id', '=', ownerId)
      .where('message_id', '=', sql<string>`any(${messageIds}::uuid[])`)
      .where('state', 'in', ['pending', 'running'])
      .orderBy('seq')
      .forUpdate()
      .execute()
    return rows as RemoteOp[]
  },

  /** When the account's next operation may be tried; undefined when it has none. */
  async nextAttemptAt(on: Queryable, ownerId: string, mailAccountId: string): Promise<Date | undefined> {
    const row = await on
      .selectFrom('mail_remote_op')
      .select((expression) => expression.fn.min('next_attempt_at').as('at'))
      .where('owner_id', '=', ownerId)
      .where('mail_account_id', '=', mailAccountId)
      .where('state', 'in', ['pending', 'running'])
      .executeTakeFirst()
    return row?.at ?? undefined
  },

  /** To be committed before the first command is sent. Answers those that were still there. */
  async markRunning(on: Queryable, ownerId: string, ids: readonly string[]): Promise<string[]> {
    const rows = await on
      .updateTable('mail_remote_op')
      .set({ state: 'running', attempts: sql`attempts + 1` })
      .where('owner_id', '=', ownerId)
      .where('id', '=', sql<string>`any(${ids}::uuid[])`)
      .where('state', 'in', ['pending', 'running'])
      .returning('id')
      .execute()
    return rows.map((row) => row.id)
  },

  /** Forgets operations: the server has confirmed them, or nobody wants them any more. */
  async done(tx: Tx, ownerId: string, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    await tx
      .deleteFrom('mail_remote_op')
      .where('owner_id', '=', ownerId)
      .where('id', '=', sql<string>`any(${ids}::uuid[])`)
      .execute()
  },

  /** Puts operations off: the server could not be asked, or answered that it is busy. */
  async postpone(
    on: Queryable,
    ownerId: string,
    ids: readonly string[],
    { seconds, error }: { seconds: number; error: string },
  ): Promise<void> {
    await on
      .updateTable('mail_remote_op')
      .set({
        state: 'pending',
        next_attempt_at: sql`now() + ${seconds} * interval '1 second'`,
        last_error: error.slice(0, 500),
      })
      .where('owner_id', '=', ownerId)
      .where('id', '=', sql<string>`any(${ids}::uuid[])`)
      .execute()
  },

  /** The server refused for good; the row stays to tell why. What was shown is to be taken back in the same `tx`. */
  async fail(tx: Tx, ownerId: string, ids: readonly string[], error: string): Promise<void> {
    await tx
      .updateTable('mail_remote_op')
      .set({ state: 'failed', last_error: error.slice(0, 500) })
      .where('owner_id', '=', ownerId)
      .where('id', '=', sql<string>`any(${ids}::uuid[])`)
      .execute()
  },

  /** Rewrites operations that were read as pending by `lockOpenOf` in the same `tx`. */
  async rewrite(tx: Tx, ownerId: string, ops: readonly RewrittenOp[]): Promise<void> {
    if (ops.length === 0) return
    await sql`
      update mail_remote_op as op set change = rewritten.change, next_attempt_at = now()
      from unnest(${ops.map(({ id }) => id)}::uuid[], ${ops.map(({ change }) => JSON.stringify(change))}::jsonb[])
        as rewritten (id, change)
      where op.owner_id = ${ownerId} and op.id = rewritten.id`.execute(tx)
  },
}
