import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

export const correspondentStore = {
  recordAddresses: async (tx: Queryable, ownerId: string, emails: readonly string[]): Promise<void> => {
    if (emails.length === 0) return
    await sql`
      insert into mail_correspondent (owner_id, email)
      select ${ownerId}, email from unnest(${[...emails]}::text[]) as correspondent (email) order by email
      on conflict (owner_id, email) do nothing`.execute(tx)
  },

  record: async (
    tx: Queryable,
    ownerId: string,
    domains: readonly { domain: string; skeleton: string }[],
  ): Promise<void> => {
    if (domains.length === 0) return
    await sql`
      insert into mail_correspondent_domain (owner_id, domain, skeleton)
      select ${ownerId}, domain, skeleton
      from jsonb_to_recordset(${JSON.stringify(domains)}::jsonb) as correspondent (domain text, skeleton text)
      order by domain
      on conflict (owner_id, domain) do nothing`.execute(tx)
  },
}
