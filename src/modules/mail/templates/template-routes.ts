import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { conditionalHeaders, etagOf } from '#platform/http/etag.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import {
  FilledTemplate,
  NewTemplateBody,
  Template,
  TemplateChangeBody,
  TemplateParams,
  TemplateValues,
} from './template-wire.ts'
import type { Templates } from './templates.ts'

const ifMatch = Type.Object({ 'if-match': conditionalHeaders.properties['if-match'] })

export function templateRoutes(templates: Templates): FastifyPluginAsyncTypebox {
  const tags = ['mail']
  return async (http) => {
    http.post(
      '/templates',
      {
        schema: {
          summary: 'Keep a text that messages may begin as, with {{variables}}',
          ...{ tags, headers: idempotencyHeaders, body: NewTemplateBody, response: { 201: Template } },
        },
        config: {
          permission: 'mail:write',
          errors: { 409: ['mail.template_exists'], 422: ['idempotency_key_reused'] },
        },
      },
      async ({ ownerId, body, headers }, reply) => {
        const answer = await templates.create(ownerId, body, headers['idempotency-key'])
        return reply.code(201).header('etag', etagOf(answer.body)).send(answer.body)
      },
    )

    http.get(
      '/templates',
      {
        schema: {
          summary: 'Your templates',
          tags,
          querystring: Type.Object(pageQuery),
          response: { 200: page(Template) },
        },
        config: { permission: 'mail:read' },
      },
      ({ ownerId, query: { cursor, limit = 50 } }) => templates.list(ownerId, { cursor, limit }),
    )

    http.get(
      '/templates/:template_id',
      {
        schema: { summary: 'A template', tags, params: TemplateParams, response: { 200: Template } },
        config: { permission: 'mail:read' },
      },
      async ({ ownerId, params }, reply) => {
        const template = await templates.view(ownerId, params.template_id)
        return reply.header('etag', etagOf(template)).send(template)
      },
    )

    http.patch(
      '/templates/:template_id',
      {
        schema: {
          summary: 'Change a template',
          ...{ tags, params: TemplateParams, headers: ifMatch, body: TemplateChangeBody, response: { 200: Template } },
        },
        config: { permission: 'mail:write', errors: { 409: ['mail.template_exists'], 412: ['etag_mismatch'] } },
      },
      async ({ ownerId, params, body, headers }, reply) => {
        const template = await templates.change(ownerId, params.template_id, body, headers['if-match'])
        return reply.header('etag', etagOf(template)).send(template)
      },
    )

    http.delete(
      '/templates/:template_id',
      {
        schema: {
          summary: 'Delete a template',
          tags,
          params: TemplateParams,
          response: { 204: Type.Null({ description: 'Gone.' }) },
        },
        config: { permission: 'mail:write' },
      },
      async ({ ownerId, params }, reply) => {
        await templates.delete(ownerId, params.template_id)
        return reply.code(204).send(null)
      },
    )

    http.post(
      '/templates/:template_id/filled',
      {
        schema: {
          summary: 'A template with values in the place of its variables',
          tags,
          params: TemplateParams,
          body: Type.Object({ variables: TemplateValues }),
          response: { 200: FilledTemplate },
        },
        config: { isReading: true, permission: 'mail:read', errors: { 422: ['mail.template_variables_missing'] } },
      },
      ({ ownerId, params, body }) => templates.fill(ownerId, params.template_id, body.variables),
    )
  }
}
