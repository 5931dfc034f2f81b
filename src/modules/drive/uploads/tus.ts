import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { type Lock, type Locker, Server } from '@tus/server'
import { AppError, notFound } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { createTusStore } from './tus-store.ts'
import type { Uploads } from './uploads.ts'

export type TusRequest = { method: string; url: string; headers: IncomingHttpHeaders; body: Readable }
export type TusAnswer = { status: number; headers: Record<string, string> }

const uploadsPath = '/api/v1/drive/uploads'

/** A row's epoch says who writes, on all nodes; a lock of this process would say it of one. */
const noLock: Lock = { lock: async () => undefined, unlock: async () => undefined }
const locker: Locker = { newLock: () => noLock }

const itemHeader = 'x-item-id'

/** tus 1.0 (https://tus.io/protocols/resumable-upload), as @tus/server speaks it. Throws AppErrors. */
export async function answerTus(uploads: Uploads, ownerId: string, request: TusRequest): Promise<TusAnswer> {
  let failure: unknown
  const server = new Server({
    ...{ path: uploadsPath, relativeLocation: true, locker, allowedOrigins: [] },
    datastore: createTusStore(uploads, ownerId, request.body),
    namingFunction: newId,
    async onUploadFinish(_request, { id }) {
      const { item_id: itemId } = await uploads.finish(ownerId, id)
      return { headers: { [itemHeader]: String(itemId) } }
    },
    onResponseError(_request, error) {
      failure = error
      return undefined
    },
  })
  const { method, url, headers } = request
  const answer = await server.handleWeb(new Request(`http://ultid${url}`, { method, headers: tusHeaders(headers) }))
  if (failure !== undefined) throw errorOf(failure)
  if (answer.status >= 400) throw errorOf({ status_code: answer.status, body: await answer.text() })
  const passed = [...answer.headers].filter(([name]) =>
    /^(tus|upload)-|^location$|^cache-control$|^x-item-id$/.test(name),
  )
  return { status: answer.status, headers: Object.fromEntries(passed) }
}

const tusHeaders = (headers: IncomingHttpHeaders): [string, string][] =>
  Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' && /^(tus|upload)-|^content-(type|length)$/.test(name) ? [[name, value]] : [],
  )

/** What @tus/server says in its own way: a status and a text. */
function errorOf(error: unknown): unknown {
  if (error instanceof AppError) return error
  const { status_code: status, body = '' } = error as { status_code?: number; body?: string }
  switch (status) {
    case 404:
    case 410:
      return notFound('upload')
    case 409:
      return new AppError(
        'conflict',
        'drive.offset_mismatch',
        'The upload is at another place by now; ask by HEAD where.',
      )
    case 412:
      return new AppError('precondition_failed', 'drive.tus_version', 'Send the header Tus-Resumable: 1.0.0.')
    case 413:
      return new AppError('unprocessable', 'too_large', 'These are more bytes than Upload-Length said.')
    case 400:
    case 403:
    case 501:
      return new AppError('invalid', 'invalid_request_body', `The request is not valid: ${body.trim()}`)
    default:
      return error
  }
}
