import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AppError } from '#platform/errors.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { optionalBody } from '#platform/http/routes.ts'
import { Id } from '../reading/wire.ts'
import { ActAnswer, ActRequestBody, UndoAnswer } from './act-wire.ts'
import type { Acting } from './acting.ts'
import type { Action } from './action.ts'
import type { Undoing } from './undoing.ts'

const UndoBody = Type.Object({
  act_id: Type.Optional(Type.String({ ...Id, description: 'Which act; the latest without it.' })),
})

export function actRoutes(acting: Acting, undoing: Undoing): FastifyPluginAsyncTypebox {
  const tags = ['mail']
  return async (http) => {
    http.post(
      '/acts',
      {
        schema: {
          summary: 'Do something to up to 1,000 messages or conversations at once; answered for each of them',
          description:
            'One transaction, seen at once, then written to the mail servers, and visibly taken back where a server ' +
            'refuses. What was not done to one of them does not keep the others from being done.',
          ...{ tags, headers: idempotencyHeaders, body: ActRequestBody, response: { 200: ActAnswer } },
        },
        config: {
          permission: 'mail:write',
          errors: {
            404: ['not_found'],
            422: [
              'mail.folder_not_selectable',
              'mail.too_many_messages',
              'mail.snooze_time_invalid',
              'idempotency_key_reused',
            ],
          },
        },
      },
      ({ ownerId, body, headers }) =>
        acting.act(
          ownerId,
          {
            action: actionOf(body),
            messageIds: body.message_ids,
            threadIds: body.thread_ids,
            inFolderId: body.in_folder_id,
          },
          headers['idempotency-key'],
        ),
    )

    http.post(
      '/undo',
      {
        schema: {
          summary: 'Take back your latest act on mail, as long as its time is not over',
          description:
            'Messages that were moved since stay where they are. What has been deleted for good on the mail server ' +
            'stays deleted: such deletions wait until they cannot be taken back any more. With an Idempotency-Key a ' +
            'repeated request takes nothing more back.',
          ...{ tags, headers: idempotencyHeaders, body: optionalBody(UndoBody), response: { 200: UndoAnswer } },
        },
        config: {
          permission: 'mail:write',
          errors: { 404: ['not_found'], 409: ['mail.nothing_to_undo'], 422: ['idempotency_key_reused'] },
        },
      },
      ({ ownerId, body, headers }) => undoing.undo(ownerId, body?.act_id, headers['idempotency-key']),
    )
  }
}

/** What an action takes beside the messages; anything else is refused, so that nobody is misunderstood. */
const argumentOf: Readonly<Record<string, 'folder_id' | 'label_ids' | 'until' | 'is_permanent'>> = {
  ...{ move: 'folder_id', copy: 'folder_id', label: 'label_ids', unlabel: 'label_ids' },
  ...{ snooze: 'until', delete: 'is_permanent' },
}
const allArguments = ['folder_id', 'label_ids', 'until', 'is_permanent'] as const

/** @throws AppError `invalid_request_body` for what the schema of a body cannot say. */
function actionOf(body: ActRequestBody): Action {
  const { action: kind, folder_id = '', label_ids = [], until = '', is_permanent = false } = body
  if (!body.message_ids && !body.thread_ids) throw faulty('message_ids', 'is missing, or thread_ids')
  const own = argumentOf[kind]
  if (own && own !== 'is_permanent' && body[own] === undefined) throw faulty(own, `is missing for ${kind}`)
  const foreign = allArguments.find((name) => name !== own && body[name] !== undefined)
  if (foreign) throw faulty(foreign, `means nothing for ${kind}`)
  switch (kind) {
    case 'move':
    case 'copy':
      return { kind, folderId: folder_id }
    case 'label':
    case 'unlabel':
      return { kind, labelIds: label_ids }
    case 'snooze':
      return { kind, until: new Date(until) }
    case 'delete':
      return { kind, isPermanent: is_permanent }
    default:
      return { kind: kind as Exclude<Action['kind'], 'move' | 'copy' | 'label' | 'unlabel' | 'snooze' | 'delete'> }
  }
}

const faulty = (name: string, message: string) =>
  new AppError('invalid', 'invalid_request_body', `The request is not valid: body.${name} ${message}.`, {
    details: [{ path: `body.${name}`, message }],
  })
