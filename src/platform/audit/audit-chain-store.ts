import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

/** What is amiss with a chain. `id` is the entry where it shows; null for what is missing at the end. */
export type ChainFault = { owner_id: string; kind: string; seq: number | null; id: string | null }
export type ChainHead = { owner_id: string; seq: number; hash: string }

export const auditChainStore = {
  /** Everybody with entries, page by page. */
  async owners(db: Queryable, after: string, limit: number): Promise<string[]> {
    const { rows } = await sql<{ owner_id: string }>`
      select owner_id from (
        select owner_id from audit_head union select owner_id from audit_entry where seq is not null
      ) as one where owner_id > ${after} order by owner_id limit ${limit}`.execute(db)
    return rows.map(({ owner_id }) => owner_id)
  },

  /** The first faults in the chain of one owner, and how many entries it has. */
  async check(db: Queryable, ownerId: string, limit: number): Promise<{ entries: number; faults: ChainFault[] }> {
    const { rows } = await sql<{ entries: number; faults: ChainFault[] | null }>`
      with head as (select * from audit_head where owner_id = ${ownerId}),
      chained as materialized (
        select entry.id, entry.seq, entry.hash, entry.previous_hash, audit_entry_hash(entry) as true_hash,
          lag(entry.seq) over by_seq as last_seq, lag(entry.hash) over by_seq as last_hash
        from audit_entry as entry where owner_id = ${ownerId} and seq is not null
        window by_seq as (order by entry.seq)
      ),
      fault as (
        select 'changed' as kind, seq, id from chained where hash is distinct from true_hash
        union all
        select 'missing_before', seq, id from chained
        where case when last_seq is null
          then seq <> 1 + coalesce((select removed_seq from head), 0)
          else seq <> last_seq + 1 or previous_hash is distinct from last_hash end
        union all
        select 'unchained', null, entry.id from audit_entry as entry
        where owner_id = ${ownerId} and seq is null and id > (select id from chained order by seq limit 1)
        union all
        select 'missing_at_end', head.seq, null from head
        where head.seq > head.removed_seq and not exists (
          select from chained where chained.seq = head.seq and chained.hash = head.hash)
        union all
        select 'missing_at_end', max(seq), null from chained
        having max(seq) is not null and not exists (select from head where head.seq >= max(chained.seq))
      )
      select (select count(*) from chained) as entries,
        (select jsonb_agg(jsonb_build_object('owner_id', ${ownerId}::uuid, 'kind', kind, 'seq', seq, 'id', id))
          from (select * from fault order by seq nulls last limit ${limit}) as fault) as faults`.execute(db)
    const { entries = 0, faults } = rows[0] ?? {}
    return { entries, faults: faults ?? [] }
  },

  /** Where the chains of these owners end. */
  async heads(db: Queryable, ownerIds: readonly string[]): Promise<ChainHead[]> {
    const { rows } = await sql<ChainHead>`
      select owner_id, seq, encode(hash, 'hex') as hash from audit_head
      where owner_id = any(${[...ownerIds]}::uuid[]) and seq > 0 order by owner_id`.execute(db)
    return rows
  },

  /** Of remembered ends of chains those that are in them no longer, though they are not old enough to be removed. */
  async lostHeads(db: Queryable, heads: readonly ChainHead[]): Promise<ChainFault[]> {
    const of = <Key extends keyof ChainHead>(key: Key) => heads.map((head) => head[key])
    const { rows } = await sql<ChainFault>`
      select kept.owner_id, 'unlike_remembered' as kind, kept.seq, null as id
      from unnest(${of('owner_id')}::uuid[], ${of('seq')}::bigint[], ${of('hash')}::text[]) as kept (owner_id, seq, hash)
      where not exists (
        select from audit_entry as entry
        where entry.owner_id = kept.owner_id and entry.seq = kept.seq and entry.hash = decode(kept.hash, 'hex'))
      and not exists (select from audit_head where owner_id = kept.owner_id and removed_seq >= kept.seq)`.execute(db)
    return rows
  },
}
