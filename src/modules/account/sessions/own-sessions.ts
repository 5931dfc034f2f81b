import { audit, type RequestOrigin } from '#platform/audit/audit.ts'
import type { Actor } from '#platform/auth/actor.ts'
import type { Cookies } from '#platform/auth/session-cookie.ts'
import { csrfTokenOf, readSessionCookie } from '#platform/auth/session-cookie.ts'
import { type SessionListing, sessionStore as store } from '#platform/auth/session-store.ts'
import type { Sessions } from '#platform/auth/sessions.ts'
import type { Transact, Tx } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import { decodeCursor, pageOfRows } from '#platform/http/cursor.ts'

export type OwnSessions = ReturnType<typeof createOwnSessions>

/** The browsers in which a person is signed in, for that person to see and end. */
export function createOwnSessions({
  transact,
  sessions,
  cookies,
}: {
  transact: Transact
  sessions: Sessions
  cookies: Cookies
}) {
  const noteEnd = (tx: Tx, actor: Actor, id: string, origin: RequestOrigin) =>
    audit.record(tx, {
      ...{ ownerId: actor.personId, actorId: actor.personId, action: 'account.session_ended', target: id },
      ...{ outcome: 'success', origin, details: { reason: 'by_hand' } },
    })

  return {
    /** The session of this very request, with what its page must send back. @throws AppError `not_found` */
    current(actor: Actor, cookieHeader: string | undefined) {
      const claim = readSessionCookie(cookies.read(cookieHeader, 'session') ?? '')
      if (actor.credential !== 'session' || !claim) throw notFound('session')
      return { id: claim.id, person_id: actor.personId, csrf_token: csrfTokenOf(claim.secret) }
    },

    async list(actor: Actor, { limit, cursor }: { limit: number; cursor: string | undefined }) {
      const [before] = cursor === undefined ? [undefined] : decodeCursor(cursor, ['uuid'])
      const rows = await sessions.list(actor.personId, limit + 1, before)
      return pageOfRows(rows, limit, (row) => presented(row, actor))
    },

    /** @throws AppError `not_found` */
    end: (actor: Actor, id: string, origin: RequestOrigin): Promise<void> =>
      transact(async (tx) => {
        if (!(await sessions.end(tx, actor.personId, id))) throw notFound('session')
        await noteEnd(tx, actor, id, origin)
      }),

    /** All but the one that this request came by. */
    endOthers: (actor: Actor, origin: RequestOrigin): Promise<void> =>
      transact(async (tx) => {
        const own = actor.credential === 'session' ? (actor.credentialId ?? undefined) : undefined
        for (const { id } of await store.removeAll(tx, actor.personId, own)) {
          sessions.announceEnd(tx, actor.personId, id)
          await noteEnd(tx, actor, id, origin)
        }
      }),
  }
}

const presented = (row: SessionListing, actor: Actor) => ({
  ...{ id: row.id, is_current: row.id === actor.credentialId, user_agent: row.user_agent, address: row.address },
  created_at: row.created_at.toISOString(),
  last_used_at: row.seen_at.toISOString(),
  expires_at: row.expires_at.toISOString(),
})
