import { sql } from 'kysely'
import type { Database, Queryable, Tx } from '#platform/database/database.ts'
import type { OutboxRecipient, RecipientReport } from '../outbox/outbox-store.ts'

/** A message that was sent, as those see it who hear of it afterwards. */
export type SentRow = {
  id: string
  mail_account_id: string
  message_id_header: string
  recipients: OutboxRecipient[]
  reports: Record<string, RecipientReport>
  state: string
  follow_up_state: 'waiting' | 'answered' | 'due' | null
}

const columns = sql`id, mail_account_id, message_id_header, recipients, reports, state, follow_up_state`

export const sentReportStore = {
  /** By the id that servers give back in reports. */
  async findById(db: Queryable, ownerId: string, id: string): Promise<SentRow | undefined> {
    const { rows } = await sql<SentRow>`
      select ${columns} from mail_outbox
      where owner_id = ${ownerId} and id = ${id} and kind = 'message'`.execute(db)
    return rows[0]
  },

  /** The first of these Message-IDs that is one of the owner's. */
  async findByHeaders(db: Queryable, ownerId: string, headers: readonly string[]): Promise<SentRow | undefined> {
    if (headers.length === 0) return undefined
    const { rows } = await sql<SentRow>`
      select ${columns} from mail_outbox
      where owner_id = ${ownerId} and message_id_header = any(${headers}::text[]) and kind = 'message'
      order by array_position(${headers}::text[], message_id_header) limit 1`.execute(db)
    return rows[0]
  },

  /** Whether an address is one of the owner's. */
  async isOwn(db: Queryable, ownerId: string, email: string): Promise<boolean> {
    const { rows } = await sql`
      select from mail_identity where owner_id = ${ownerId} and lower(email) = lower(${email}) limit 1`.execute(db)
    return rows.length > 0
  },

  async lock(tx: Tx, ownerId: string, id: string): Promise<SentRow | undefined> {
    const { rows } = await sql<SentRow>`
      select ${columns} from mail_outbox where owner_id = ${ownerId} and id = ${id} for update`.execute(tx)
    return rows[0]
  },

  setReports: (tx: Tx, ownerId: string, id: string, reports: Record<string, RecipientReport>) =>
    sql`update mail_outbox set reports = ${JSON.stringify(reports)}::jsonb
      where owner_id = ${ownerId} and id = ${id}`.execute(tx),

  /** False when nobody was to be reminded of it. */
  async setAnswered(tx: Tx, ownerId: string, id: string): Promise<boolean> {
    const result = await sql`
      update mail_outbox set follow_up_state = 'answered'
      where owner_id = ${ownerId} and id = ${id} and follow_up_state in ('waiting', 'due')`.execute(tx)
    return result.numAffectedRows === 1n
  },

  /** Messages of all owners whose reminder is due. */
  async followUpsDue(db: Database, limit: number): Promise<{ owner_id: string; id: string }[]> {
    const { rows } = await sql<{ owner_id: string; id: string }>`
      select owner_id, id from mail_outbox
      where follow_up_state = 'waiting' and follow_up_at <= now() and state = 'sent'
      order by follow_up_at limit ${limit}`.execute(db)
    return rows
  },

  /** Undefined when somebody else has done so, or it was answered meanwhile. */
  async setFollowUpDue(tx: Tx, ownerId: string, id: string): Promise<SentRow | undefined> {
    const { rows } = await sql<SentRow>`
      update mail_outbox set follow_up_state = 'due'
      where owner_id = ${ownerId} and id = ${id} and follow_up_state = 'waiting' and follow_up_at <= now()
      returning ${columns}`.execute(tx)
    return rows[0]
  },
}
