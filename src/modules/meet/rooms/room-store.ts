import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { Json } from '#platform/database/generated.ts'

export type RoomRow = {
  owner_id: string
  id: string
  name: string
  title: string
  starts_at: Date | null
  ends_at: Date | null
  has_lobby: boolean
  features: Json
  moderators: string[]
  members: string[]
  access: string
  calendar_object: string | null
  calendar_uid: string | null
  expires_at: Date
  created_at: Date
  updated_at: Date
}

export type NewRoom = Omit<RoomRow, 'created_at' | 'updated_at' | 'features'> & {
  features: Readonly<Record<string, boolean>>
}
export type RoomPatch = Partial<
  Pick<
    NewRoom,
    'title' | 'starts_at' | 'ends_at' | 'has_lobby' | 'features' | 'moderators' | 'members' | 'access' | 'expires_at'
  >
>

const columns = [
  ...(['owner_id', 'id', 'name', 'title', 'starts_at', 'ends_at', 'has_lobby', 'features', 'moderators'] as const),
  ...(['members', 'access', 'calendar_object', 'calendar_uid', 'expires_at', 'created_at', 'updated_at'] as const),
]

export const roomStore = {
  /** Undefined when the name, or the calendar object's room, is there already: the unique indexes decide. */
  insert: (tx: Tx, room: NewRoom): Promise<RoomRow | undefined> =>
    tx
      .insertInto('meet_room')
      .values({ ...room, features: JSON.stringify(room.features) })
      .onConflict((conflict) => conflict.doNothing())
      .returning(columns)
      .executeTakeFirst(),

  /** By its name, whoever made it: rules decide who may see it. */
  findByName: (db: Queryable, name: string): Promise<RoomRow | undefined> =>
    db.selectFrom('meet_room').select(columns).where('name', '=', name).executeTakeFirst(),

  findById: (db: Queryable, ownerId: string, id: string): Promise<RoomRow | undefined> =>
    db.selectFrom('meet_room').select(columns).where('owner_id', '=', ownerId).where('id', '=', id).executeTakeFirst(),

  findByCalendarObject: (db: Queryable, ownerId: string, object: string): Promise<RoomRow | undefined> =>
    db
      .selectFrom('meet_room')
      .select(columns)
      .where('owner_id', '=', ownerId)
      .where('calendar_object', '=', object)
      .executeTakeFirst(),

  /** Newest first. */
  list: (db: Queryable, ownerId: string, page: { before: string | undefined; limit: number }): Promise<RoomRow[]> =>
    db
      .selectFrom('meet_room')
      .select(columns)
      .where('owner_id', '=', ownerId)
      .$if(page.before !== undefined, (query) => query.where('id', '<', page.before ?? ''))
      .orderBy('id', 'desc')
      .limit(page.limit)
      .execute(),

  /** Rooms that were made by themselves and are planned within a time, the first ones first. */
  listPlanned: (db: Queryable, ownerId: string, range: { from: Date; to: Date; limit: number }): Promise<RoomRow[]> =>
    db
      .selectFrom('meet_room')
      .select(columns)
      .where('owner_id', '=', ownerId)
      .where('calendar_object', 'is', null)
      .where('starts_at', '<', range.to)
      .where(sql<boolean>`coalesce(ends_at, starts_at + interval '1 hour') > ${range.from}`)
      .orderBy('starts_at')
      .orderBy('id')
      .limit(range.limit)
      .execute(),

  count: async (db: Queryable, ownerId: string): Promise<number> => {
    const { count } = await db
      .selectFrom('meet_room')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('owner_id', '=', ownerId)
      .executeTakeFirstOrThrow()
    return count
  },

  update: (tx: Tx, ownerId: string, id: string, { features, ...patch }: RoomPatch): Promise<RoomRow | undefined> =>
    tx
      .updateTable('meet_room')
      .set({ ...patch, ...(features && { features: JSON.stringify(features) }), updated_at: sql`now()` })
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .returning(columns)
      .executeTakeFirst(),

  lock: (tx: Tx, ownerId: string, id: string): Promise<RoomRow | undefined> =>
    tx
      .selectFrom('meet_room')
      .select(columns)
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst(),

  async remove(tx: Tx, ownerId: string, id: string): Promise<void> {
    await tx.deleteFrom('meet_room').where('owner_id', '=', ownerId).where('id', '=', id).execute()
  },

  /** Rooms that nobody has been able to enter for three months; their names are free again. */
  async removeOld(db: Queryable): Promise<void> {
    await db.deleteFrom('meet_room').where('expires_at', '<', sql<Date>`now() - interval '90 days'`).execute()
  },
}
