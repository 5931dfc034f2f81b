import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

/** Another time that somebody proposes for an event, as an archive holds it. */
export type KeptProposal = {
  uid: string
  recurrence_id: string | null
  from: string
  name: string
  start: string
  end: string
  timezone: string | null
  location: string
  comment: string
  received_at: Date
}

const said = sql`object.uid, nullif(proposal.key, '') as recurrence_id, proposal.email as "from", proposal.name,
  proposal.starts as start, proposal.ends as end, proposal.timezone, proposal.location, proposal.comment,
  proposal.received_at`
const joined = sql`calendar_proposal as proposal
  join calendar_object as object on object.owner_id = proposal.owner_id and object.id = proposal.object_id`

export const personDataStore = {
  async received(db: Queryable, ownerId: string): Promise<KeptProposal[]> {
    const { rows } = await sql<KeptProposal>`
      select ${said} from ${joined} where proposal.owner_id = ${ownerId} order by proposal.received_at`.execute(db)
    return rows
  },

  /** For events of others, by somebody with these addresses, in lower case. */
  async made(db: Queryable, ownerId: string, emails: readonly string[]): Promise<KeptProposal[]> {
    const { rows } = await sql<KeptProposal>`
      select ${said} from ${joined} where proposal.email = any(${[...emails]}::text[]) and proposal.owner_id <> ${ownerId}
      order by proposal.received_at`.execute(db)
    return rows
  },

  /** What people of these addresses, in lower case, said about events of others. */
  async forget(db: Queryable, ownerId: string, emails: readonly string[]): Promise<void> {
    for (const table of ['calendar_proposal', 'calendar_answer']) {
      await sql`delete from ${sql.table(table)}
        where email = any(${[...emails]}::text[]) and owner_id <> ${ownerId}`.execute(db)
    }
  },
}
