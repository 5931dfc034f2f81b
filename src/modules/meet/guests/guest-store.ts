import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'

export type GuestRow = {
  owner_id: string
  id: string
  room_id: string
  invitation_id: string
  name: string
  state: string
  seen_at: Date
  created_at: Date
}

const columns = ['owner_id', 'id', 'room_id', 'invitation_id', 'name', 'state', 'seen_at', 'created_at'] as const

type Room = { owner_id: string; id: string }

/** Somebody whose page has not asked for a minute has gone. */
const isThere = sql<boolean>`seen_at > now() - interval '1 minute'`

export const guestStore = {
  insert: (tx: Tx, guest: Omit<GuestRow, 'state' | 'seen_at' | 'created_at'>): Promise<GuestRow> =>
    tx.insertInto('meet_guest').values(guest).returning(columns).executeTakeFirstOrThrow(),

  countWaiting: async (db: Queryable, room: Room): Promise<number> => {
    const { count } = await db
      .selectFrom('meet_guest')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('owner_id', '=', room.owner_id)
      .where('room_id', '=', room.id)
      .where('state', '=', 'waiting')
      .where(isThere)
      .executeTakeFirstOrThrow()
    return count
  },

  /** The first to come first. */
  listWaiting: (db: Queryable, room: Room, limit: number): Promise<GuestRow[]> =>
    db
      .selectFrom('meet_guest')
      .select(columns)
      .where('owner_id', '=', room.owner_id)
      .where('room_id', '=', room.id)
      .where('state', '=', 'waiting')
      .where(isThere)
      .orderBy('id')
      .limit(limit)
      .execute(),

  /** Notes that the page at the door asked. */
  see: (db: Queryable, ownerId: string, invitationId: string, id: string): Promise<GuestRow | undefined> =>
    db
      .updateTable('meet_guest')
      .set({ seen_at: sql`now()` })
      .where('owner_id', '=', ownerId)
      .where('invitation_id', '=', invitationId)
      .where('id', '=', id)
      .returning(columns)
      .executeTakeFirst(),

  /** Undefined when there is none of this room that waits. */
  decide: (tx: Tx, room: Room, id: string, state: 'admitted' | 'refused'): Promise<GuestRow | undefined> =>
    tx
      .updateTable('meet_guest')
      .set({ state })
      .where('owner_id', '=', room.owner_id)
      .where('room_id', '=', room.id)
      .where('id', '=', id)
      .where('state', '=', 'waiting')
      .returning(columns)
      .executeTakeFirst(),

  async removeOld(db: Queryable): Promise<void> {
    await db.deleteFrom('meet_guest').where('created_at', '<', sql<Date>`now() - interval '1 day'`).execute()
  },
}
