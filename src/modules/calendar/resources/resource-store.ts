import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'

/** The installation itself owns what is everybody's. */
const installation = '00000000-0000-0000-0000-000000000000'

export type ResourceKind = 'room' | 'equipment'
export type ResourceRow = {
  id: string
  kind: ResourceKind
  name: string
  /** Under which it is invited, in lower case. */
  email: string
  capacity: number | null
  location: string
  description: string
  features: string[]
  /** Whose members may book it; empty for everybody. */
  groups: string[]
  is_active: boolean
  /** How many days ahead it may be booked. */
  booking_days: number
  search: string
  version: string
  updated_at: Date
}

export type ResourceFilter = {
  kind?: ResourceKind | undefined
  minCapacity?: number | undefined
  words: readonly string[]
  /** Only what members of these groups may book now; undefined for administrators, who see all. */
  groups?: readonly string[] | undefined
  after: readonly [key: string, id: string] | undefined
  limit: number
}

const columns = sql`id, kind, name, email, capacity, location, description, features, groups, is_active,
  booking_days, search, version, updated_at`
const sortKey = sql`lower(name) collate "und-x-icu"`

const passes = ({ kind, minCapacity, words, groups }: ResourceFilter) =>
  sql.join(
    [
      kind === undefined ? sql`true` : sql`kind = ${kind}`,
      minCapacity === undefined ? sql`true` : sql`capacity >= ${minCapacity}`,
      groups === undefined ? sql`true` : sql`is_active and (groups = '{}' or groups && ${[...groups]}::text[])`,
      ...words.map((word) => sql`position(${word} in search) > 0`),
    ],
    sql` and `,
  )

export const resourceStore = {
  /** By name. `key` is what a cursor goes on from. */
  async list(db: Queryable, filter: ResourceFilter): Promise<(ResourceRow & { key: string })[]> {
    const { after } = filter
    const { rows } = await sql<ResourceRow & { key: string }>`
      select ${columns}, lower(name) as key from calendar_resource
      where owner_id = ${installation} and ${passes(filter)}
        and ${after ? sql`(${sortKey}, id) > (${after[0]}, ${after[1]}::uuid)` : sql`true`}
      order by ${sortKey}, id limit ${filter.limit}`.execute(db)
    return rows
  },

  async find(db: Queryable, id: string): Promise<ResourceRow | undefined> {
    const { rows } = await sql<ResourceRow>`
      select ${columns} from calendar_resource where owner_id = ${installation} and id = ${id}`.execute(db)
    return rows[0]
  },

  /** Those with one of the addresses, which are in lower case. */
  async named(db: Queryable, emails: readonly string[]): Promise<ResourceRow[]> {
    if (emails.length === 0) return []
    const { rows } = await sql<ResourceRow>`
      select ${columns} from calendar_resource
      where owner_id = ${installation} and email = any(${[...emails]}::text[])`.execute(db)
    return rows
  },

  /** Waits for whoever changes or books one of them; in one order, so that nobody waits in a circle. */
  async lock(tx: Tx, ids: readonly string[]): Promise<ResourceRow[]> {
    const { rows } = await sql<ResourceRow>`
      select ${columns} from calendar_resource
      where owner_id = ${installation} and id = any(${[...ids]}::uuid[]) order by id for update`.execute(tx)
    return rows
  },

  /** False when the address is a resource's or a person's already. */
  async insert(tx: Tx, row: Omit<ResourceRow, 'updated_at'>): Promise<boolean> {
    const { rows } = await sql`
      insert into calendar_resource (owner_id, id, kind, name, email, capacity, location, description, features,
        groups, is_active, booking_days, search, version)
      select ${installation}, ${row.id}, ${row.kind}, ${row.name}, ${row.email}, ${row.capacity}, ${row.location},
        ${row.description}, ${row.features}::text[], ${row.groups}::text[], ${row.is_active}, ${row.booking_days}, ${row.search},
        ${row.version}
      where not exists (select 1 from principal where lower(email) = ${row.email})
      on conflict (owner_id, email) do nothing returning id`.execute(tx)
    return rows.length > 0
  },

  /** All but its address, which stands in events. */
  async update(tx: Tx, row: Omit<ResourceRow, 'updated_at' | 'email'>): Promise<void> {
    await sql`
      update calendar_resource set kind = ${row.kind}, name = ${row.name}, capacity = ${row.capacity},
        location = ${row.location}, description = ${row.description}, features = ${row.features}::text[],
        groups = ${row.groups}::text[], is_active = ${row.is_active}, booking_days = ${row.booking_days}, search = ${row.search},
        version = ${row.version}, updated_at = now()
      where owner_id = ${installation} and id = ${row.id}`.execute(tx)
  },

  async delete(tx: Tx, id: string): Promise<void> {
    await sql`delete from calendar_resource where owner_id = ${installation} and id = ${id}`.execute(tx)
  },
}
