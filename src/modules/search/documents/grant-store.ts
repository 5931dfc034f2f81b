import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { SearchGrant } from './search-index.ts'

/** Whose documents somebody may find beside their own. */
export type SearchScope = { owner_id: string; type: string; container_ids: string[] }

export const grantStore = {
  async add(tx: Tx, { ownerId, readerId, type, containerId }: SearchGrant): Promise<void> {
    await tx
      .insertInto('search_grant')
      .values({ owner_id: readerId, shared_owner_id: ownerId, type, container_id: containerId })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  },

  async remove(tx: Tx, grant: Omit<SearchGrant, 'readerId'> & { readerId?: string }): Promise<void> {
    let statement = tx
      .deleteFrom('search_grant')
      .where('shared_owner_id', '=', grant.ownerId)
      .where('type', '=', grant.type)
      .where('container_id', '=', grant.containerId)
    if (grant.readerId !== undefined) statement = statement.where('owner_id', '=', grant.readerId)
    await statement.execute()
  },

  async scopesOf(db: Queryable, readerId: string, types: readonly string[]): Promise<SearchScope[]> {
    const { rows } = await sql<SearchScope>`
      select shared_owner_id as owner_id, type, array_agg(container_id) as container_ids
      from search_grant where owner_id = ${readerId} and type = any(${types}::text[])
      group by shared_owner_id, type
      order by shared_owner_id, type limit 500`.execute(db)
    return rows
  },
}
