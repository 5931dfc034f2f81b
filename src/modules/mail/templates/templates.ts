import type { Database, Queryable, Transact } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { decodeCursor, pageOfRows } from '#platform/http/cursor.ts'
import { etagMismatch, etagOf, isMatch } from '#platform/http/etag.ts'
import { type Answer, once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import { oneLine } from '../outbox/compose.ts'
import { templateStore as store, type TemplateContent } from './template-store.ts'
import { fillTemplate, type Texts } from './template-variables.ts'
import { type NewTemplateBody, type Template, type TemplateChangeBody, templateOf, textsOf } from './template-wire.ts'

export type Templates = ReturnType<typeof createTemplates>

/** What messages may begin as. No two templates of one owner differ by case alone. */
export function createTemplates({ database, transact }: { database: Database; transact: Transact }) {
  async function find(db: Queryable, ownerId: string, id: string) {
    const row = await store.find(db, ownerId, id)
    if (!row) throw notFound('template')
    return row
  }

  return {
    /** @throws AppError `mail.template_exists`, `idempotency_key_reused`. */
    create(ownerId: string, body: NewTemplateBody, idempotencyKey?: string): Promise<Answer<Template>> {
      const request = { ownerId, scope: 'mail.templates', key: idempotencyKey, body }
      return transact((tx) =>
        once(tx, request, async () => {
          const content = contentAfter({ name: '', subject: '', text_body: null, html_body: null }, body)
          const row = await store.insert(tx, ownerId, newId(), content)
          if (!row) throw templateExists(content.name)
          return { status: 201, body: templateOf(row) }
        }),
      )
    },

    async list(
      ownerId: string,
      { cursor, limit }: { cursor: string | undefined; limit: number },
    ): Promise<{ items: Template[]; next_cursor: string | null }> {
      const [after] = cursor === undefined ? [] : decodeCursor(cursor, ['uuid'])
      const rows = await store.list(database, ownerId, { after, limit: limit + 1 })
      return pageOfRows(rows, limit, templateOf)
    },

    /** @throws AppError `not_found`. */
    view: async (ownerId: string, id: string): Promise<Template> => templateOf(await find(database, ownerId, id)),

    /** @throws AppError `not_found`, `etag_mismatch`, `mail.template_exists`. */
    change(ownerId: string, id: string, body: TemplateChangeBody, ifMatch: string | undefined): Promise<Template> {
      return transact(async (tx) => {
        const row = await store.lock(tx, ownerId, id)
        if (!row) throw notFound('template')
        if (!isMatch(ifMatch, etagOf(templateOf(row)))) throw etagMismatch()
        const content = contentAfter(row, body)
        const changed = await store.update(tx, ownerId, id, content)
        if (!changed) throw templateExists(content.name)
        return templateOf(changed)
      })
    },

    /** @throws AppError `not_found`. */
    async delete(ownerId: string, id: string): Promise<void> {
      if (!(await transact((tx) => store.delete(tx, ownerId, id)))) throw notFound('template')
    },

    /** The template with values in it. @throws AppError `not_found`, `mail.template_variables_missing`. */
    fill: async (
      ownerId: string,
      id: string,
      values: Readonly<Record<string, string>>,
      db: Queryable = database,
    ): Promise<Texts> => fillTemplate(textsOf(await find(db, ownerId, id)), values),
  }
}

function contentAfter(before: TemplateContent, body: TemplateChangeBody): TemplateContent {
  const { name, subject, text, html } = body
  return {
    name: name === undefined ? before.name : oneLine(name),
    subject: subject === undefined ? before.subject : oneLine(subject),
    text_body: text === undefined ? before.text_body : text,
    html_body: html === undefined ? before.html_body : html,
  }
}

const templateExists = (name: string) =>
  new AppError('conflict', 'mail.template_exists', `You already have a template named "${name}"; choose another name.`)
