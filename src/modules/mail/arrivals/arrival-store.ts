import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { MessagePart } from '../sync/body-parts.ts'

/** Whose arrivals, and for whom: they are seen to in order. */
export type ArrivalQueue = { ownerId: string; consumer: string }

/** Hears of messages with a calendar part, and of no other. */
export const calendarPartConsumer = 'calendar_parts'

export type ArrivedMessages = {
  ownerId: string
  mailAccountId: string
  folderId: string
  messageIds: readonly string[]
}

export type ArrivalRow = {
  message_id: string
  mail_account_id: string
  folder_id: string
  folder_role: string | null
  attempts: number
  arrived_at: Date
  message_id_header: string | null
  in_reply_to: string | null
  reference_headers: string[]
  subject: string
  from_name: string
  from_email: string
  recipients: Partial<Record<'to' | 'cc' | 'bcc' | 'reply_to', { name: string; email: string }[]>>
  received_at: Date
  size_bytes: number
  parts: MessagePart[]
}

export const arrivalStore = {
  /** Notes new messages for each who is interested, and those with a calendar part for calendars. @returns the queues that have something for them to do now. */
  async note(
    tx: Tx,
    { ownerId, mailAccountId, folderId, messageIds }: ArrivedMessages,
    bodyPatienceSeconds: number,
  ): Promise<ArrivalQueue[]> {
    const { rows } = await sql<{ consumer: string; is_due: boolean }>`
      with noted as (
        insert into mail_arrival (owner_id, consumer, message_id, mail_account_id, folder_id, next_attempt_at)
        select ${ownerId}::uuid, interest.consumer, arrived.id, ${mailAccountId}::uuid, ${folderId}::uuid,
          now() + make_interval(secs => case when interest.waits_for_body then ${bodyPatienceSeconds}::int else 0 end)
        from mail_arrival_interest as interest cross join unnest(${messageIds}::uuid[]) as arrived (id)
        where interest.owner_id = ${ownerId} and interest.expires_at > now()
        union all
        select ${ownerId}::uuid, ${calendarPartConsumer}, message.id, ${mailAccountId}::uuid, ${folderId}::uuid, now()
        from mail_message as message
        where message.owner_id = ${ownerId} and message.id = any(${messageIds}::uuid[])
          and message.parts @> '[{"type": "text/calendar"}]'
        on conflict do nothing
        returning consumer, next_attempt_at <= now() as is_due
      )
      select distinct consumer, is_due from noted`.execute(tx)
    return rows.filter((row) => row.is_due).map(({ consumer }) => ({ ownerId, consumer }))
  },

  /** The bodies of these messages are stored, or never will be. @returns as `note` does. */
  async bodiesStored(tx: Tx, ownerId: string, messageIds: readonly string[]): Promise<ArrivalQueue[]> {
    const { rows } = await sql<{ consumer: string }>`
      with woken as (
        update mail_arrival set next_attempt_at = now()
        where owner_id = ${ownerId} and message_id = any(${messageIds}::uuid[]) and next_attempt_at > now()
          and attempts = 0
        returning consumer
      )
      select distinct consumer from woken`.execute(tx)
    return rows.map(({ consumer }) => ({ ownerId, consumer }))
  },

  /** The oldest that is due, with its message; one whose message is gone by now is left out and forgotten. */
  async next(db: Queryable, { ownerId, consumer }: ArrivalQueue): Promise<ArrivalRow | undefined> {
    const { rows } = await sql<ArrivalRow>`
      select arrival.message_id, arrival.mail_account_id, arrival.folder_id, folder.role as folder_role,
        arrival.attempts, arrival.arrived_at, message.message_id_header, message.in_reply_to,
        message.reference_headers, message.subject, message.from_name, message.from_email, message.recipients,
        message.received_at, message.size_bytes, message.parts
      from mail_arrival as arrival
      join mail_message as message on message.owner_id = arrival.owner_id and message.id = arrival.message_id
      left join mail_folder as folder on folder.owner_id = arrival.owner_id and folder.id = arrival.folder_id
      where arrival.owner_id = ${ownerId} and arrival.consumer = ${consumer} and arrival.next_attempt_at <= now()
      order by arrival.message_id limit 1`.execute(db)
    return rows[0]
  },

  /** False when somebody else has seen to it meanwhile. */
  async forget(tx: Tx, { ownerId, consumer }: ArrivalQueue, messageId: string): Promise<boolean> {
    const result = await sql`
      delete from mail_arrival
      where owner_id = ${ownerId} and consumer = ${consumer} and message_id = ${messageId}`.execute(tx)
    return result.numAffectedRows === 1n
  },

  postpone: (db: Queryable, { ownerId, consumer }: ArrivalQueue, messageId: string, seconds: number) =>
    sql`update mail_arrival set attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => ${seconds})
      where owner_id = ${ownerId} and consumer = ${consumer} and message_id = ${messageId}`.execute(db),

  /** Of messages that were deleted before anybody looked at them. */
  forgetDeleted: (db: Queryable, { ownerId, consumer }: ArrivalQueue) =>
    sql`delete from mail_arrival as arrival
      where owner_id = ${ownerId} and consumer = ${consumer} and next_attempt_at <= now() and not exists (
        select from mail_message where owner_id = arrival.owner_id and id = arrival.message_id)`.execute(db),

  /** Queues of all owners that have something to do. */
  async due(db: Queryable, limit: number): Promise<ArrivalQueue[]> {
    const { rows } = await sql<ArrivalQueue>`
      select distinct owner_id as "ownerId", consumer from (
        select owner_id, consumer from mail_arrival where next_attempt_at <= now()
        order by next_attempt_at limit ${limit}
      ) as arrival`.execute(db)
    return rows
  },
}

/** Who hears of new mail. To be set in the transaction of whatever makes it wanted. */
export const arrivalInterestStore = {
  /** From now on; a later end of an interest that was set before stays. */
  set: (
    tx: Tx,
    { ownerId, consumer }: ArrivalQueue,
    { waitsForBody = false, until = 'infinity' }: { waitsForBody?: boolean; until?: Date | 'infinity' } = {},
  ) =>
    sql`insert into mail_arrival_interest as interest (owner_id, consumer, waits_for_body, expires_at)
      values (${ownerId}, ${consumer}, ${waitsForBody}, ${until})
      on conflict (owner_id, consumer) do update
      set waits_for_body = excluded.waits_for_body, expires_at = greatest(interest.expires_at, excluded.expires_at)
      where interest.waits_for_body <> excluded.waits_for_body or interest.expires_at < excluded.expires_at`.execute(
      tx,
    ),

  /** What has arrived already is still seen to. */
  clear: (tx: Tx, { ownerId, consumer }: ArrivalQueue) =>
    sql`delete from mail_arrival_interest where owner_id = ${ownerId} and consumer = ${consumer}`.execute(tx),
}
