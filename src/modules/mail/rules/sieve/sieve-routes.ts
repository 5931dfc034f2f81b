import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { ruleCodes } from '../rule-checks.ts'
import type { Sieve } from './sieve.ts'
import { ExportedScript, ExportQuery, ImportBody, ImportedScript } from './sieve-wire.ts'

export function sieveRoutes(sieve: Sieve): FastifyPluginAsyncTypebox {
  const tags = ['mail']
  return async (http) => {
    http.get(
      '/rules/sieve',
      {
        schema: {
          summary: 'Your rules as a Sieve script, with what it cannot say',
          ...{ tags, querystring: ExportQuery, response: { 200: ExportedScript } },
        },
        config: { permission: 'mail:read', errors: { 404: ['not_found'] } },
      },
      ({ ownerId, query }) => sieve.export(ownerId, query.mail_account_id),
    )

    http.post(
      '/rules/sieve',
      {
        schema: {
          summary: 'Make rules of a Sieve script, with what rules cannot do',
          description:
            'Understands RFC 5228 with fileinto, copy, imap4flags, body, vacation, regex and dates in UTC. Whatever ' +
            'else the script says is listed in `notes`, with its line. Answers 200 to a preview.',
          ...{ tags, headers: idempotencyHeaders, body: ImportBody },
          response: { 200: ImportedScript, 201: ImportedScript },
        },
        config: {
          permission: 'mail:write',
          errors: {
            404: ['not_found'],
            409: ['mail.too_many_rules'],
            422: ['mail.sieve_invalid', ...ruleCodes, 'idempotency_key_reused'],
          },
        },
      },
      async ({ ownerId, body, headers }, reply) => {
        if (body.is_preview) return sieve.preview(ownerId, body)
        const answer = await sieve.import(ownerId, body, headers['idempotency-key'])
        return reply.code(201).send(answer.body)
      },
    )
  }
}
