import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'

export type TemplateContent = { name: string; subject: string; text_body: string | null; html_body: string | null }
export type TemplateRow = TemplateContent & { id: string; created_at: Date; updated_at: Date }

const columns = sql`id, name, subject, text_body, html_body, created_at, updated_at`

export const templateStore = {
  /** Undefined when the name is taken: the unique index decides, so no race is lost. */
  async insert(tx: Tx, ownerId: string, id: string, template: TemplateContent): Promise<TemplateRow | undefined> {
    const { rows } = await sql<TemplateRow>`
      insert into mail_template (owner_id, id, name, subject, text_body, html_body)
      values (${ownerId}, ${id}, ${template.name}, ${template.subject}, ${template.text_body}, ${template.html_body})
      on conflict do nothing returning ${columns}`.execute(tx)
    return rows[0]
  },

  async find(db: Queryable, ownerId: string, id: string): Promise<TemplateRow | undefined> {
    const { rows } = await sql<TemplateRow>`
      select ${columns} from mail_template where owner_id = ${ownerId} and id = ${id}`.execute(db)
    return rows[0]
  },

  async lock(tx: Tx, ownerId: string, id: string): Promise<TemplateRow | undefined> {
    const { rows } = await sql<TemplateRow>`
      select ${columns} from mail_template where owner_id = ${ownerId} and id = ${id} for update`.execute(tx)
    return rows[0]
  },

  async list(db: Queryable, ownerId: string, page: { after: string | undefined; limit: number }) {
    const beyond = page.after === undefined ? sql`` : sql`and id > ${page.after}::uuid`
    const { rows } = await sql<TemplateRow>`
      select ${columns} from mail_template where owner_id = ${ownerId} ${beyond} order by id limit ${page.limit}`.execute(
      db,
    )
    return rows
  },

  /** Undefined when another template has that name: the transaction is to end then. */
  async update(tx: Tx, ownerId: string, id: string, template: TemplateContent): Promise<TemplateRow | undefined> {
    const updated = sql<TemplateRow>`
      update mail_template set name = ${template.name}, subject = ${template.subject},
        text_body = ${template.text_body}, html_body = ${template.html_body}, updated_at = now()
      where owner_id = ${ownerId} and id = ${id} returning ${columns}`.execute(tx)
    return first(updated.catch(unlessTaken))
  },

  async delete(tx: Tx, ownerId: string, id: string): Promise<boolean> {
    const deleted = await tx
      .deleteFrom('mail_template')
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .executeTakeFirst()
    return deleted.numDeletedRows === 1n
  },
}

/** unique_violation. */
function unlessTaken(error: unknown): { rows: TemplateRow[] } {
  if ((error as { code?: unknown }).code === '23505') return { rows: [] }
  throw error
}

const first = async (result: Promise<{ rows: TemplateRow[] }>): Promise<TemplateRow | undefined> =>
  (await result).rows[0]
