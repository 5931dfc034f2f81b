import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { nextcloudErrors, withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { attachmentDisposition } from '#platform/http/content-disposition.ts'
import { takeBodiesAsTheyAre } from '#platform/http/raw-bodies.ts'
import { BookParams } from '../contact/contact-wire.ts'
import type { ExportFormat, Exports } from './exports.ts'
import { type ImportOptions, type Imports, maxImportBytes } from './imports.ts'

const tags = ['contacts']
const file = (description: string) => Type.Unsafe<Readable>({ type: 'string', format: 'binary', description })
const reportDescription = [
  'A line of JSON for each row or card, in the order of the file, while it is brought: `line`, `outcome` (`created`,',
  '`unchanged`, `kept`: there is another version of it, `replaced`, `failed`), `name`, `path`, and `code` and `message` of a',
  'failure. The last line counts them; `is_complete` is false where something kept all further ones from being brought.',
].join(' ')
const ImportQuery = Type.Object({
  format: Type.Optional(
    Type.String({ enum: ['vcard', 'csv'], default: 'vcard', description: 'vCard 2.1 to 4; CSV of Google or Outlook.' }),
  ),
  existing: Type.Optional(
    Type.String({
      enum: ['keep', 'replace'],
      default: 'keep',
      description: 'What becomes of a contact of the same uid.',
    }),
  ),
})
const ExportQuery = Type.Object({
  format: Type.Optional(
    Type.String({ enum: ['vcard', 'vcard3', 'csv'], default: 'vcard', description: 'CSV has the columns of Google.' }),
  ),
})

export function transferRoutes(imports: Imports, exports: Exports): FastifyPluginAsyncTypebox {
  return async (http) => {
    await http.register(importRoutes(imports))

    http.get(
      '/:book_id/export',
      {
        exposeHeadRoute: false,
        schema: {
          summary: 'An address book as a file',
          ...{ tags, params: BookParams, querystring: ExportQuery, produces: ['text/vcard', 'text/csv'] },
          response: { 200: file('All contacts, by name.') },
        },
        config: { permission: 'contacts:read', errors: nextcloudErrors },
      },
      async ({ actor, params, query }, reply) => {
        const format = (query.format ?? 'vcard') as ExportFormat
        const content = await exports.run(actor, params.book_id, format)
        const [type, ending] = format === 'csv' ? ['text/csv', 'csv'] : ['text/vcard', 'vcf']
        return reply
          .type(`${type}; charset=utf-8`)
          .header('content-disposition', attachmentDisposition(`${params.book_id}.${ending}`))
          .send(Readable.from(content))
      },
    )
  }
}

function importRoutes(imports: Imports): FastifyPluginAsyncTypebox {
  return async (http) => {
    takeBodiesAsTheyAre(http)
    http.post(
      '/:book_id/import',
      {
        bodyLimit: maxImportBytes + 1024,
        schema: {
          summary: 'Bring a file of contacts into an address book; the same file may be brought again',
          ...{ tags, params: BookParams, querystring: ImportQuery, consumes: ['text/vcard', 'text/csv'] },
          ...{ body: file('At most 200 MiB.'), produces: ['application/x-ndjson'] },
          response: { 200: file(reportDescription) },
        },
        config: {
          isUpload: true,
          permission: 'contacts:write',
          errors: withErrors(nextcloudErrors, {
            403: ['contacts.book_read_only'],
            422: ['contacts.import_too_large'],
          }),
        },
      },
      async ({ actor, params, query, raw }, reply) => {
        const report = await imports.run(actor, params.book_id, raw, {
          format: 'vcard',
          existing: 'keep',
          ...query,
        } as ImportOptions)
        return reply.type('application/x-ndjson').send(Readable.from(linesOf(report)))
      },
    )
  }
}

async function* linesOf(rows: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`
}
