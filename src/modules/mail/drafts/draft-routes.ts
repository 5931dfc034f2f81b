import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { conditionalHeaders } from '#platform/http/etag.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import { Id } from '../reading/wire.ts'
import { Draft, DraftChangeBody, DraftParams, DraftSummary, NewDraftBody } from './draft-wire.ts'
import type { Drafts } from './drafts.ts'

const { 'if-match': ifMatch } = conditionalHeaders.properties

/** What can keep the text that another program wrote from being read. */
const openingErrors = {
  409: ['mail.message_gone'],
  422: ['mail.draft_too_large'],
  502: ['upstream_unavailable'],
  504: ['upstream_timeout'],
}

/** Drafts quote whole messages. */
const bodyLimit = 4 * 1024 * 1024

export function draftRoutes(drafts: Drafts): FastifyPluginAsyncTypebox {
  const tags = ['mail']
  return async (http) => {
    http.post(
      '/drafts',
      {
        bodyLimit,
        schema: {
          summary: 'Begin a message',
          description: 'It may be unfinished in every way. Its copy in the Drafts folder follows within seconds.',
          ...{ tags, headers: idempotencyHeaders, body: NewDraftBody, response: { 201: Draft } },
        },
        config: {
          permission: 'mail:write',
          errors: { 404: ['not_found'], 422: ['idempotency_key_reused', 'mail.template_variables_missing'] },
        },
      },
      async ({ ownerId, body, headers }, reply) => {
        const answer = await drafts.create(ownerId, body, headers['idempotency-key'])
        return reply.code(201).header('etag', answer.body.etag).send(answer.body)
      },
    )

    http.get(
      '/drafts',
      {
        schema: {
          summary: 'Messages that are not sent yet, the one changed last first',
          tags,
          querystring: Type.Object({
            ...pageQuery,
            mail_account_id: Type.Optional(Id),
            message_id: Type.Optional(
              Type.String({ ...Id, description: 'A message of the Drafts folder: the draft that it is a copy of.' }),
            ),
          }),
          response: { 200: page(DraftSummary) },
        },
        config: { permission: 'mail:read', errors: { 404: ['not_found'] } },
      },
      ({ ownerId, query }) =>
        drafts.list(ownerId, {
          mailAccountId: query.mail_account_id,
          messageId: query.message_id,
          cursor: query.cursor,
          limit: query.limit ?? 50,
        }),
    )

    http.get(
      '/drafts/:draft_id',
      {
        schema: {
          summary: 'A draft with all that it says',
          description: 'One that another mail program wrote is fetched from its server now.',
          ...{ tags, params: DraftParams, response: { 200: Draft } },
        },
        config: { permission: 'mail:read', errors: openingErrors },
      },
      async ({ ownerId, params }, reply) => {
        const draft = await drafts.view(ownerId, params.draft_id)
        return reply.header('etag', draft.etag).header('cache-control', 'private, no-cache').send(draft)
      },
    )

    http.patch(
      '/drafts/:draft_id',
      {
        bodyLimit,
        schema: {
          summary: 'Change a draft',
          description:
            'Says in If-Match which version it changes. Two windows that write to one draft do not overwrite each ' +
            'other: the later one answers 412 and loads the draft anew.',
          tags,
          params: DraftParams,
          headers: Type.Object({ 'if-match': Type.String({ maxLength: 1000, description: 'Its ETag, or `*`.' }) }),
          body: DraftChangeBody,
          response: { 200: Draft },
        },
        config: { permission: 'mail:write', errors: { ...openingErrors, 412: ['etag_mismatch'] } },
      },
      async ({ ownerId, params, body, headers }, reply) => {
        const draft = await drafts.change(ownerId, params.draft_id, body, headers['if-match'])
        return reply.header('etag', draft.etag).send(draft)
      },
    )

    http.delete(
      '/drafts/:draft_id',
      {
        schema: {
          summary: 'Throw a draft away, here and in the Drafts folder',
          tags,
          params: DraftParams,
          headers: Type.Object({ 'if-match': ifMatch }),
          response: { 204: Type.Null({ description: 'Gone.' }) },
        },
        config: { permission: 'mail:write', errors: { 412: ['etag_mismatch'] } },
      },
      async ({ ownerId, params, headers }, reply) => {
        await drafts.delete(ownerId, params.draft_id, headers['if-match'])
        return reply.code(204).send(null)
      },
    )
  }
}
