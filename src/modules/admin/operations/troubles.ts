import type { Transact, Tx } from '#platform/database/database.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import type { DeadLetters } from '#platform/webhooks/dead-letters.ts'
import { type Caller, recordChange } from '../changes.ts'

type RowPage = { before: string | undefined; limit: number }
type MailAccountTrouble = {
  owner_id: string
  id: string
  email: string
  state: string
  error_code: string | null
  remedy: string
  last_synced_at: Date | null
  updated_at: Date
}
type MessageTrouble = {
  owner_id: string
  id: string
  mail_account_id: string
  state: string
  attempts: number
  recipient_count: number
  last_status: string | null
  created_at: Date
  next_attempt_at: Date
}

/** Mail of everybody, as the module of mail tells it: never what is in it. */
export type MailOperations = {
  figures(): Promise<{
    accounts: readonly { state: string; count: number; late: number; oldestSeconds: number | null }[]
    outbox: readonly { state: string; count: number; oldestDueSeconds: number | null }[]
  }>
  accountsInTrouble(page: RowPage): Promise<MailAccountTrouble[]>
  outboxInTrouble(page: RowPage): Promise<MessageTrouble[]>
  retry(tx: Tx, ownerId: string, id: string): Promise<string>
  drop(tx: Tx, ownerId: string, id: string): Promise<string>
}

type Page = { limit: number; cursor: string | undefined }
type Place = { personId: string; id: string }

export type Troubles = ReturnType<typeof createTroubles>

/** What does not go by itself, of all people: shown without content, tried again or given up. */
export function createTroubles(deps: { transact: Transact; mail: MailOperations; deadLetters: DeadLetters }) {
  const { transact, mail, deadLetters } = deps

  async function pageOf<Row extends { id: string }, Item>(
    { limit, cursor }: Page,
    list: (page: RowPage) => Promise<Row[]>,
    itemOf: (row: Row) => Item,
  ): Promise<{ items: Item[]; next_cursor: string | null }> {
    const [before] = cursor === undefined ? [undefined] : decodeCursor(cursor, ['uuid'])
    const rows = await list({ before, limit: limit + 1 })
    const shown = rows.slice(0, limit)
    const last = shown.at(-1)
    return { items: shown.map(itemOf), next_cursor: rows.length > limit && last ? encodeCursor([last.id]) : null }
  }

  const note = (
    caller: Caller,
    { personId: ownerId, id: target }: Place,
    action: `admin.${string}`,
    before: string,
  ) => ({
    in: (tx: Tx) =>
      recordChange(tx, caller, {
        ...{ ownerId, action, target, before: { state: before } },
        after: action.endsWith('_dropped') ? null : { state: 'queued' },
      }),
  })

  return {
    accounts: (page: Page) =>
      pageOf(page, mail.accountsInTrouble, ({ owner_id, last_synced_at, updated_at, ...row }) => ({
        ...row,
        person_id: owner_id,
        last_synced_at: last_synced_at?.toISOString() ?? null,
        since: updated_at.toISOString(),
      })),

    outbox: (page: Page) =>
      pageOf(page, mail.outboxInTrouble, ({ owner_id, created_at, next_attempt_at, ...row }) => ({
        ...row,
        person_id: owner_id,
        created_at: created_at.toISOString(),
        next_attempt_at: row.state === 'queued' ? next_attempt_at.toISOString() : null,
      })),

    deadLetters: (page: Page) =>
      pageOf(page, deadLetters.list, ({ owner_id, url, created_at, finished_at, last_error: _said, ...row }) => ({
        ...row,
        person_id: owner_id,
        // The rest of an address may be a secret.
        host: new URL(url).host,
        created_at: created_at.toISOString(),
        finished_at: finished_at?.toISOString() ?? null,
      })),

    /** @throws AppError `not_found`, `mail.nothing_to_retry`, `mail.outcome_unknown`. */
    retryMessage: (caller: Caller, place: Place): Promise<void> =>
      transact(async (tx) => {
        const state = await mail.retry(tx, place.personId, place.id)
        await note(caller, place, 'admin.message_retried', state).in(tx)
      }),

    /** @throws AppError `not_found`, `mail.already_sent`. */
    dropMessage: (caller: Caller, place: Place): Promise<void> =>
      transact(async (tx) => {
        const state = await mail.drop(tx, place.personId, place.id)
        await note(caller, place, 'admin.message_dropped', state).in(tx)
      }),

    /** @throws AppError `not_found`. */
    retryDelivery: (caller: Caller, place: Place): Promise<void> =>
      transact(async (tx) => {
        await deadLetters.retry(tx, place.personId, place.id)
        await note(caller, place, 'admin.delivery_retried', 'dead').in(tx)
      }),

    /** @throws AppError `not_found`. */
    dropDelivery: (caller: Caller, place: Place): Promise<void> =>
      transact(async (tx) => {
        await deadLetters.drop(tx, place.personId, place.id)
        await note(caller, place, 'admin.delivery_dropped', 'dead').in(tx)
      }),
  }
}
