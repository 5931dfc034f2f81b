import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'

/** `keyword`: what stands for it on servers that keep keywords. */
export type Label = { id: string; name: string; color: string; keyword: string }

const columns = sql`id, name, color, keyword`

export const labelStore = {
  /** All labels of an owner, by name, after `after`. */
  async list(
    db: Queryable,
    ownerId: string,
    { after, limit }: { after?: { name: string; id: string } | undefined; limit: number },
  ): Promise<Label[]> {
    const isAfter = after ? sql`and (lower(name), id) > (lower(${after.name}), ${after.id}::uuid)` : sql``
    const { rows } = await sql<Label>`
      select ${columns} from mail_label where owner_id = ${ownerId} ${isAfter}
      order by lower(name), id limit ${limit}`.execute(db)
    return rows
  },

  async find(db: Queryable, ownerId: string, ids: readonly string[]): Promise<Label[]> {
    const { rows } = await sql<Label>`
      select ${columns} from mail_label where owner_id = ${ownerId} and id = any(${ids}::uuid[])`.execute(db)
    return rows
  },

  /** By its name, else by its keyword, in any case. */
  async named(db: Queryable, ownerId: string, name: string): Promise<Label | undefined> {
    const { rows } = await sql<Label>`
      select ${columns} from mail_label
      where owner_id = ${ownerId} and (lower(name) = lower(${name}) or lower(keyword) = lower(${name}))
      order by lower(name) = lower(${name}) desc limit 1`.execute(db)
    return rows[0]
  },

  async lock(tx: Tx, ownerId: string, id: string): Promise<Label | undefined> {
    const { rows } = await sql<Label>`
      select ${columns} from mail_label where owner_id = ${ownerId} and id = ${id} for update`.execute(tx)
    return rows[0]
  },

  /** Undefined when the name or the keyword is taken: the unique indexes decide, so no race is lost. */
  async insert(tx: Tx, ownerId: string, label: Label): Promise<Label | undefined> {
    const { rows } = await sql<Label>`
      insert into mail_label (owner_id, id, name, color, keyword)
      values (${ownerId}, ${label.id}, ${label.name}, ${label.color}, ${label.keyword})
      on conflict do nothing returning ${columns}`.execute(tx)
    return rows[0]
  },

  /** False when another label has that name: the unique index decides, and ends `tx`. */
  async update(tx: Tx, ownerId: string, { id, name, color }: Label): Promise<boolean> {
    try {
      await sql`update mail_label set name = ${name}, color = ${color}
        where owner_id = ${ownerId} and id = ${id}`.execute(tx)
      return true
    } catch (error) {
      // unique_violation
      if ((error as { code?: string }).code === '23505') return false
      throw error
    }
  },

  delete: (tx: Tx, ownerId: string, id: string) =>
    sql`delete from mail_label where owner_id = ${ownerId} and id = ${id}`.execute(tx),
}
