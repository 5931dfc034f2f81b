import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type {} from '@fastify/websocket'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { RawData, WebSocket } from 'ws'
import { AppError } from '#platform/errors.ts'
import type { Admission } from '../admission/admission.ts'
import type { Subscriber, Transport } from '../channels/subscriber.ts'
import { closings } from '../closings.ts'
import type { Connections, Opened } from '../connections.ts'
import { maxWishes, readWishes } from '../wishes.ts'
import { ConnectionQuery, positionOf, wishesOf } from './connection-query.ts'
import { createSocketTransport } from './socket.ts'

type Admitted = Pick<Opened, 'holder' | 'resumeFrom' | 'wishes'>

/** `/ws`: first `{ type: "hello", seq }`, then the owner's events, each with its sequence number. */
export function socketRoutes(deps: { admit: Admission; connections: Connections }): FastifyPluginAsyncTypebox {
  const { admit, connections } = deps
  const admitted = new WeakMap<FastifyRequest, Admitted>()
  return async (http) => {
    http.route({
      method: 'GET',
      url: '/ws',
      schema: {
        summary: "The owner's events as they happen, by WebSocket",
        description,
        tags: ['realtime'],
        security: [{ bearer: [] }, { session: [] }, {}],
        querystring: ConnectionQuery,
        response: { 101: Type.Null({ description: 'Switching protocols' }) },
      },
      config: {
        permission: 'public',
        errors: {
          401: ['auth.missing_token', 'auth.invalid_token', 'auth.expired_token'],
          403: ['auth.forbidden', 'auth.csrf'],
        },
      },
      preHandler: async (request) => {
        const { ticket, resume_from, subscribe } = request.query
        const asked = { resumeFrom: positionOf(resume_from), wishes: wishesOf(subscribe) }
        admitted.set(request, { holder: await admit(request, ticket), ...asked })
      },
      handler: async () => {
        throw new AppError('invalid', 'invalid_request_body', 'Connect to /ws by WebSocket.')
      },
      wsHandler: (socket: WebSocket, request) => {
        const asked = admitted.get(request)
        if (asked) serveSocket(createSocketTransport(socket, request.socket), socket, asked, connections)
      },
    })
  }
}

function serveSocket(transport: Transport, socket: WebSocket, asked: Admitted, connections: Connections): void {
  const subscriber = connections.serve({
    ...{ ...asked, transport },
    onClosed: (listener) => socket.once('close', listener),
  })
  if (!subscriber) return
  const mayGoOn = createPace()
  socket.on('message', (text, isBinary) => {
    if (mayGoOn()) obey(subscriber, isBinary ? undefined : text)
    else transport.close(closings.tooTalkative)
  })
}

/** No client has reason to say more than this, and each message costs an answer. */
const messagesPerPace = 100
const paceMs = 10_000

/** @returns a function that is called for each message, and answers whether it is still one of few. */
function createPace(): () => boolean {
  let endsAt = 0
  let count = 0
  return () => {
    const now = performance.now()
    if (now >= endsAt) {
      endsAt = now + paceMs
      count = 0
    }
    return ++count <= messagesPerPace
  }
}

/** The one thing that a client can say: `{ "type": "subscribe", "to": [...] }`. */
function obey(subscriber: Subscriber, text: RawData | undefined): void {
  const to = wishedIn(text)
  const wishes = to && readWishes(to)
  if (to && wishes) subscriber.subscribe(wishes, to)
  else subscriber.refuse(understood)
}

const understood = `Send {"type":"subscribe","to":["mail","mail.message","mail.message:ID"]}, with ${maxWishes} at most.`

function wishedIn(text: RawData | undefined): string[] | undefined {
  try {
    const said = JSON.parse(String(text ?? ''))
    return said?.type === 'subscribe' && Array.isArray(said.to) ? said.to : undefined
  } catch {
    return undefined
  }
}

const description =
  'Sends `{"type":"hello","seq":N,"heartbeat_seconds":30}`, then events ' +
  '`{"type":"mail.message_created","seq":N,"at":"…","data":{…}}` of modules that you may read, as in the section ' +
  '`webhooks` of this document. With `resume_from` what was missed comes first. `{"type":"resync","seq":N}` says that ' +
  'some is not there any more, because the client was away for more than a day or reads too slowly: read your lists ' +
  'again. `{"type":"heartbeat","seq":N}` comes every 30 s: all up to `seq` was sent. Take `seq` of whatever came last ' +
  'as the next `resume_from`.\n\n' +
  'Send `{"type":"subscribe","to":["mail.message","calendar"]}` to choose anew; it is answered by ' +
  '`{"type":"subscribed","seq":N,"to":[…]}`. What is not understood is answered by `{"type":"error",…}`. Messages may ' +
  'have 64 KB.\n\n' +
  'Takes a token or a session cookie as every route does, or a ticket. Closes with 4001 (the token has expired or the ' +
  'session has ended), 4008 (reads too slowly), 4029 (too many connections), 1001 (the node stops), 1008 (sends more ' +
  'than 100 messages in ten seconds), 1009 (message too long), 1011 (try again).'
