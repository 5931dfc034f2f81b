import { sql } from 'kysely'
import type { Database } from '#platform/database/database.ts'

export const roomHandoverStore = {
  /**
   * Rooms with their invitations and those at their doors are somebody else's: one statement, for they refer to one
   * another. Which event of a calendar claimed a room is known of its owner's calendars alone. @returns how many.
   */
  async handOver(db: Database, from: string, to: string): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      with room as (
        update meet_room set owner_id = ${to}, calendar_object = null, updated_at = now()
        where owner_id = ${from} returning id
      ), invitation as (
        update meet_invitation set owner_id = ${to} where owner_id = ${from}
      ), guest as (
        update meet_guest set owner_id = ${to} where owner_id = ${from}
      )
      select count(*) from room`.execute(db)
    return rows[0]?.count ?? 0
  },
}
