import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { nextcloudErrors, withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { originOf } from '#platform/audit/audit.ts'
import { type Logins, signInNotNeeded } from './logins.ts'

const Connection = Type.Object(
  {
    state: Type.String({ enum: ['ready', 'sign_in_required'] }),
    uid: Type.Union([Type.String(), Type.Null()], { description: 'Your name at Nextcloud, once it is known.' }),
  },
  { examples: [{ state: 'ready', uid: 'alice' }] },
)
const Started = Type.Object(
  {
    login_url: Type.String({ description: 'Open it in a browser and grant access there.' }),
    expires_at: Type.String({ format: 'date-time' }),
  },
  {
    examples: [
      { login_url: 'https://ulti.example.test/cloud/login/v2/flow/4f2a…', expires_at: '2026-05-23T09:20:00.000Z' },
    ],
  },
)
export type LoginRoutesDeps = {
  /** Undefined where ultid signs people in by itself. */
  logins: Logins | undefined
  /** Where it does, the name at Nextcloud, made known there if need be. */
  uidOf: (ownerId: string) => Promise<string>
}

/** How somebody is connected to Nextcloud; where it needs their consent, how they give it. */
export function loginRoutes({ logins, uidOf }: LoginRoutesDeps): FastifyPluginAsyncTypebox {
  const tags = ['account']
  const needed = (): Logins => {
    if (!logins) throw signInNotNeeded()
    return logins
  }
  return async (http) => {
    http.get(
      '/nextcloud',
      {
        schema: {
          summary: 'Your account at Nextcloud, where your files, calendars and contacts are',
          ...{ tags, response: { 200: Connection } },
        },
        config: {
          permission: 'account:read',
          errors: nextcloudErrors,
        },
      },
      async ({ ownerId }) => (logins ? logins.state(ownerId) : { state: 'ready', uid: await uidOf(ownerId) }),
    )

    http.post(
      '/nextcloud/login',
      {
        schema: {
          summary: 'Begin to let Ulti use your Nextcloud',
          description:
            'Open `login_url`, grant access, and ask `POST /account/nextcloud/login/poll` every few seconds.',
          ...{ tags, response: { 201: Started } },
        },
        config: {
          ...{ permission: 'account:write', isSignIn: true },
          errors: withErrors(nextcloudErrors, { 409: ['nextcloud.sign_in_not_needed'] }),
        },
      },
      async ({ ownerId }, reply) => {
        const { loginUrl, expiresAt } = await needed().start(ownerId)
        return reply.code(201).send({ login_url: loginUrl, expires_at: expiresAt.toISOString() })
      },
    )

    http.post(
      '/nextcloud/login/poll',
      {
        schema: { summary: 'Whether you have granted access meanwhile', ...{ tags, response: { 200: Connection } } },
        config: {
          permission: 'account:write',
          errors: withErrors(nextcloudErrors, { 409: ['nextcloud.sign_in_not_needed'] }),
        },
      },
      async (request) => needed().poll(request.ownerId, originOf(request)),
    )

    http.delete(
      '/nextcloud',
      {
        schema: {
          summary: 'No longer let Ulti use your Nextcloud',
          ...{
            tags,
            response: { 204: Type.Null({ description: 'The password that you had granted is of no use any more.' }) },
          },
        },
        config: { permission: 'account:write', errors: { 404: ['not_found'], 409: ['nextcloud.sign_in_not_needed'] } },
      },
      async (request, reply) => {
        await needed().revoke(request.ownerId, originOf(request))
        return reply.code(204).send(null)
      },
    )
  }
}
