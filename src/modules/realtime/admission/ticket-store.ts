import { sql } from 'kysely'
import type { Database } from '#platform/database/database.ts'

export type TicketStore = ReturnType<typeof createTicketStore>

/** `permissions` are empty in a ticket of a node of an older version. */
export type TicketRecord = { tokenExpiresAt: Date; credentialId: string | null; permissions: string[] }

export function createTicketStore(database: Database) {
  return {
    /** Keeps a ticket, and forgets the owner's old ones. */
    async insert(ownerId: string, hash: Buffer, ticket: TicketRecord & { lifetimeSeconds: number }): Promise<void> {
      await sql`
        with expired as (delete from realtime_ticket where owner_id = ${ownerId} and expires_at <= now())
        insert into realtime_ticket (owner_id, hash, token_expires_at, credential_id, permissions, expires_at)
        values (${ownerId}, ${hash}, ${ticket.tokenExpiresAt}, ${ticket.credentialId}, ${ticket.permissions},
          now() + make_interval(secs => ${ticket.lifetimeSeconds}))`.execute(database)
    },
    /** Of several who take a ticket one gets it; undefined when it is not there or too old. */
    async take(ownerId: string, hash: Buffer): Promise<TicketRecord | undefined> {
      const { rows } = await sql<TicketRecord & { isValid: boolean }>`
        delete from realtime_ticket where owner_id = ${ownerId} and hash = ${hash}
        returning token_expires_at as "tokenExpiresAt", credential_id as "credentialId", permissions,
          expires_at > now() and permissions <> '{}' as "isValid"`.execute(database)
      return rows[0]?.isValid ? rows[0] : undefined
    },
  }
}
