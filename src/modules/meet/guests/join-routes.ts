import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { AppError } from '#platform/errors.ts'
import type { Door, Knock } from './door.ts'
import { closedDoorPage, joinPage, joinPagePolicy } from './join-page.ts'

const tags = ['meet']
const Code = Type.Object({ code: Type.String({ maxLength: 200, description: 'The last part of the link.' }) })
const GuestParams = Type.Object({ ...Code.properties, guest_id: Type.String({ format: 'uuid' }) })
const moment = Type.Union([Type.String({ format: 'date-time' }), Type.Null()])

const View = Type.Object({ title: Type.String(), starts_at: moment, ends_at: moment, lobby: Type.Boolean() })
const KnockBody = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 100, pattern: '\\S', description: 'How others see the guest.' }),
})
const KnockAnswer = Type.Object({
  state: Type.String({ enum: ['admitted', 'waiting', 'refused'] }),
  guest_id: Type.Union([Type.String(), Type.Null()], { description: 'To ask again with, while waiting.' }),
  meet_url: Type.Optional(Type.String({ description: 'Leads into the meeting; for this guest alone.' })),
  expires_at: Type.Optional(Type.String({ format: 'date-time' })),
  is_moderator: Type.Optional(Type.Boolean()),
})
const errors = { 409: ['meet.room_over', 'meet.lobby_full'] }
const config = { permission: 'public', isSignIn: true, errors } as const
const html = { description: 'For browsers: a page that asks for a name.', content: { 'text/html': { schema: {} } } }

/** The door for people without an account: JSON for programs, a small page for browsers. */
export function joinRoutes(door: Door): FastifyPluginAsyncTypebox {
  return async (http) => {
    // What the form of the page sends where scripts do not run.
    http.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
      done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    )

    http.get(
      '/join/:code',
      {
        schema: {
          summary: 'What a guest link leads to',
          ...{ tags, params: Code },
          response: {
            200: { description: 'The meeting.', content: { 'application/json': { schema: View }, ...html.content } },
          },
        },
        config,
      },
      async (request, reply) => {
        if (!wantsPage(request)) return reply.send(await door.view(request.params.code))
        return sendPage(reply, () => door.view(request.params.code).then((view) => joinPage(view)))
      },
    )

    http.post(
      '/join/:code',
      {
        schema: {
          summary: 'Come in as a guest, or wait in the lobby',
          ...{
            tags,
            params: Code,
            body: KnockBody,
            response: { 200: KnockAnswer, 303: Type.Null({ description: 'For forms.' }) },
          },
        },
        config,
      },
      async (request, reply) => {
        const { code } = request.params
        reply.header('cache-control', 'no-store')
        if (!wantsPage(request)) return reply.send(await door.knock(code, request.body.name))
        const knock = await door.knock(code, request.body.name)
        if (knock.meet_url) return reply.redirect(knock.meet_url, 303)
        return reply.redirect(`${request.url.split('?')[0]}/guests/${knock.guest_id}`, 303)
      },
    )

    http.get(
      '/join/:code/guests/:guest_id',
      {
        schema: {
          summary: 'Whether a guest who waits is let in; to be asked every few seconds',
          ...{
            tags,
            params: GuestParams,
            response: { 200: KnockAnswer, 303: Type.Null({ description: 'For browsers.' }) },
          },
        },
        // Asked again and again by each who waits.
        config: { permission: 'public', errors },
      },
      async (request, reply) => {
        const knock = await door.wait(request.params.code, request.params.guest_id)
        reply.header('cache-control', 'no-store')
        if (!wantsPage(request)) return reply.send(knock)
        if (knock.meet_url) return reply.redirect(knock.meet_url, 303)
        if (knock.state === 'waiting') reply.header('refresh', '3')
        return sendPage(reply, async () => closedDoorPage(wordsOf(knock)))
      },
    )
  }
}

const wordsOf = ({ state }: Knock): string =>
  state === 'waiting' ? 'Please wait: somebody will let you in.' : 'You were not let in. Ask whoever invited you.'

const wantsPage = ({ headers }: FastifyRequest): boolean => (headers.accept ?? '').includes('text/html')

/** A link that leads nowhere is told in words to whoever sees the page, with the status that it has for programs. */
async function sendPage(reply: FastifyReply, make: () => Promise<string>): Promise<FastifyReply> {
  reply.header('content-security-policy', joinPagePolicy).type('text/html; charset=utf-8')
  const body = await make().catch((error) => {
    if (!(error instanceof AppError)) throw error
    reply.code(error.kind === 'not_found' ? 404 : 409)
    return closedDoorPage(error.message)
  })
  // Past the serialiser of JSON.
  return reply.serializer((text) => text as string).send(body)
}
