import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'

export type InvitationRow = {
  owner_id: string
  id: string
  room_id: string
  label: string
  expires_at: Date
  revoked_at: Date | null
  entered_count: number
  created_at: Date
}

const columns = [
  ...(['owner_id', 'id', 'room_id', 'label', 'expires_at', 'revoked_at', 'entered_count', 'created_at'] as const),
]

export const invitationStore = {
  insert: (
    tx: Tx,
    invitation: Pick<InvitationRow, 'owner_id' | 'id' | 'room_id' | 'label' | 'expires_at'>,
  ): Promise<InvitationRow> =>
    tx.insertInto('meet_invitation').values(invitation).returning(columns).executeTakeFirstOrThrow(),

  find: (db: Queryable, ownerId: string, id: string): Promise<InvitationRow | undefined> =>
    db
      .selectFrom('meet_invitation')
      .select(columns)
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .executeTakeFirst(),

  /** Newest first. */
  list: (
    db: Queryable,
    room: { owner_id: string; id: string },
    page: { before: string | undefined; limit: number },
  ): Promise<InvitationRow[]> =>
    db
      .selectFrom('meet_invitation')
      .select(columns)
      .where('owner_id', '=', room.owner_id)
      .where('room_id', '=', room.id)
      .$if(page.before !== undefined, (query) => query.where('id', '<', page.before ?? ''))
      .orderBy('id', 'desc')
      .limit(page.limit)
      .execute(),

  count: async (db: Queryable, room: { owner_id: string; id: string }): Promise<number> => {
    const { count } = await db
      .selectFrom('meet_invitation')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('owner_id', '=', room.owner_id)
      .where('room_id', '=', room.id)
      .executeTakeFirstOrThrow()
    return count
  },

  /** Undefined when there is none of this room. */
  revoke: (tx: Tx, room: { owner_id: string; id: string }, id: string): Promise<{ id: string } | undefined> =>
    tx
      .updateTable('meet_invitation')
      .set({ revoked_at: sql`coalesce(revoked_at, now())` })
      .where('owner_id', '=', room.owner_id)
      .where('room_id', '=', room.id)
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst(),

  async countEntry(db: Queryable, ownerId: string, id: string): Promise<void> {
    await db
      .updateTable('meet_invitation')
      .set({ entered_count: sql`entered_count + 1` })
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .execute()
  },
}
