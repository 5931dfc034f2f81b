import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { page } from '#platform/http/routes.ts'
import { callerOf } from '../admin-schemas.ts'
import type { AuditTrail } from './audit-trail.ts'
import { AuditEntry, AuditExportQuery, AuditQuery, VerificationResult } from './audit-wire.ts'

const tags = ['admin']
const permission = 'admin:audit' as const

export function auditRoutes(trail: AuditTrail): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/audit/entries',
      {
        schema: {
          summary: 'Who did what, newest first',
          ...{ tags, querystring: AuditQuery, response: { 200: page(AuditEntry) } },
        },
        config: { permission },
      },
      ({ query: { limit = 50, cursor, ...query } }) => trail.search({ ...query, limit, cursor }),
    )

    http.get(
      '/audit/export.ndjson',
      {
        exposeHeadRoute: false,
        schema: {
          summary: 'All entries of a search, one JSON object a line',
          ...{ tags, querystring: AuditExportQuery, produces: ['application/x-ndjson'] },
          response: {
            200: Type.Unsafe<Readable>({ type: 'string', format: 'binary', description: 'As they are read.' }),
          },
        },
        config: { permission },
      },
      async (request, reply) => {
        const stream = await trail.export(callerOf(request), request.query)
        reply.type('application/x-ndjson').header('content-disposition', 'attachment; filename="audit.ndjson"')
        return reply.header('cache-control', 'no-store').send(stream)
      },
    )

    http.get(
      '/audit/verification',
      {
        schema: {
          summary: 'Whether somebody changed the log behind Ulti',
          description:
            'Each entry bears the hash of itself and of the one before. `ultid audit verify` does the same, and holds the ' +
            'log against hashes that were kept elsewhere.',
          ...{ tags, response: { 200: VerificationResult } },
        },
        config: { permission },
      },
      () => trail.verify(),
    )
  }
}
