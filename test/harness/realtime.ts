import type { NewEvent } from '../../src/platform/events/events.ts'
import { startTestApp } from './app.ts'
import type { Issuer } from './issuer.ts'

export type RealtimeNode = Awaited<ReturnType<typeof startRealtimeNode>>

/** A node that serves /ws, with the events that it shows at the caller's hand. */
export async function startRealtimeNode(options: { databaseUrl: string; issuer: Issuer; redisUrl?: string }) {
  const testApp = await startTestApp({
    ULTID_DB_URL: options.databaseUrl,
    ULTID_OIDC_ISSUER: options.issuer.url,
    ...(options.redisUrl !== undefined && { ULTID_CACHE_URL: options.redisUrl }),
  })
  const { platform, http } = testApp.app
  const { database, events, cache, transact } = platform
  const appendTyped = (ownerId: string, added: NewEvent[]) => transact((tx) => events.append(tx, ownerId, added))
  let closing: Promise<void> | undefined
  return {
    url: testApp.url,
    database,
    cache,
    /** The sockets as the server has them. */
    sockets: http.websocketServer.clients,
    /** The id of a person, who is made by being seen. */
    async ownerOf(user: string): Promise<string> {
      const headers = { authorization: `Bearer ${await options.issuer.token({ sub: user })}` }
      await testApp.request('POST', '/api/v1/realtime/tickets', { headers })
      const person = database.selectFrom('principal').select('id').where('subject', '=', user)
      return (await person.executeTakeFirstOrThrow()).id
    },
    /** Commits one event for each of `data`, in one transaction. */
    append: (ownerId: string, ...data: NewEvent['data'][]) =>
      appendTyped(
        ownerId,
        data.map((one) => ({ type: 'mail.message_created', data: one })),
      ),
    appendTyped,
    close: () => (closing ??= testApp.close()),
  }
}
