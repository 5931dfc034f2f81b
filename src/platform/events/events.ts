import { sql } from 'kysely'
import { type Database, onCommit, type Tx } from '#platform/database/database.ts'
import type { Json } from '#platform/database/generated.ts'

/** What happened to an owner's data: `<module>.<noun>_<verb>`. */
export type NewEvent = { type: `${string}.${string}`; data: { [key: string]: Json | undefined } }
export type StoredEvent = { seq: number; type: string; data: Json; created_at: Date }

export type Events = {
  /**
   * Writes events with the owner's next sequence numbers. To be the last thing that a transaction locks: the
   * sequence row is held until commit, which is what makes the numbers gapless and in commit order.
   */
  append(tx: Tx, ownerId: string, events: readonly NewEvent[]): Promise<void>
  /** Events after `seq`, oldest first. */
  readAfter(ownerId: string, seq: number, limit: number): Promise<StoredEvent[]>
  /** The last sequence number of each owner that has one. */
  lastSeqs(ownerIds: readonly string[]): Promise<Map<string, number>>
  /** The oldest event that is still kept; undefined when there is none. */
  oldestSeq(ownerId: string): Promise<number | undefined>
}

/**
 * `onAppended` is called after the commit, for everybody who has new events: a hint for those who wait, lost when the
 * process dies in between. `follow` is part of the transaction: for those to whom an event must come. So is
 * `followersOf`: who gets the events of an owner of whom `event_sequence` says that they are followed.
 */
export function createEvents(
  database: Database,
  onAppended: (ownerId: string) => void,
  follow: (tx: Tx, ownerId: string) => Promise<void> = async () => undefined,
  followersOf: (tx: Tx, ownerId: string) => Promise<string[]> = async () => [],
): Events {
  return {
    async append(tx, ownerId, events) {
      if (events.length === 0) return
      const { last_seq, is_followed } = await tx
        .insertInto('event_sequence')
        .values({ owner_id: ownerId, last_seq: events.length })
        .onConflict((conflict) =>
          conflict.column('owner_id').doUpdateSet({ last_seq: sql`event_sequence.last_seq + excluded.last_seq` }),
        )
        .returning(['last_seq', 'is_followed'])
        .executeTakeFirstOrThrow()
      const first = last_seq - events.length + 1
      await sql`insert into event (owner_id, seq, type, data)
        select ${ownerId}, ${first} - 1 + new.place, new.type, new.data
        from ${listed(events)}`.execute(tx)
      await follow(tx, ownerId)
      const followers = is_followed ? await followersOf(tx, ownerId) : []
      if (followers.length > 0) await appendForAll(tx, followers, { originId: ownerId, events })
      onCommit(tx, () => [ownerId, ...followers].forEach(onAppended))
    },
    readAfter: (ownerId, seq, limit) =>
      database
        .selectFrom('event')
        .select(['seq', 'type', 'data', 'created_at'])
        .where('owner_id', '=', ownerId)
        .where('seq', '>', seq)
        .orderBy('seq')
        .limit(limit)
        .execute(),
    async lastSeqs(ownerIds) {
      if (ownerIds.length === 0) return new Map()
      const rows = await database
        .selectFrom('event_sequence')
        .selectAll()
        // One parameter however many owners: a statement takes no more than 65,535.
        .where('owner_id', '=', sql<string>`any(${[...ownerIds]}::uuid[])`)
        .execute()
      return new Map(rows.map((row) => [row.owner_id, row.last_seq]))
    },
    async oldestSeq(ownerId) {
      const row = await database
        .selectFrom('event')
        .select('seq')
        .where('owner_id', '=', ownerId)
        .orderBy('seq')
        .limit(1)
        .executeTakeFirst()
      return row?.seq
    },
  }
}

const listed = (events: readonly NewEvent[]) => sql`
  unnest(${events.map(({ type }) => type)}::text[], ${events.map(({ data }) => JSON.stringify(data))}::jsonb[])
    with ordinality as new (type, data, place)`

/** Into the stream of each follower. Sequences are locked in the order of their ids, whoever locks several. */
const appendForAll = (
  tx: Tx,
  followers: readonly string[],
  { originId, events }: { originId: string; events: readonly NewEvent[] },
) =>
  sql`with next as (
      insert into event_sequence as sequence (owner_id, last_seq)
      select follower, ${events.length}::bigint from unnest(${[...followers]}::uuid[]) as follower order by follower
      on conflict (owner_id) do update set last_seq = sequence.last_seq + excluded.last_seq
      returning owner_id, last_seq
    )
    insert into event (owner_id, seq, type, data, origin_id)
    select next.owner_id, next.last_seq - ${events.length}::bigint + new.place, new.type, new.data, ${originId}
    from next cross join ${listed(events)}`.execute(tx)
