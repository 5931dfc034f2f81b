import type { Actor } from '#platform/auth/actor.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { decodeCursor, pageOfRows } from '#platform/http/cursor.ts'
import { once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import { rightsOf } from '../rooms/room-rights.ts'
import { type RoomRow, roomStore } from '../rooms/room-store.ts'
import type { InvitationCodes } from './invitation-codes.ts'
import { type InvitationRow, invitationStore as store } from './invitation-store.ts'

const maxInvitations = 1000
const day = 86_400_000

export type Invitations = ReturnType<typeof createInvitations>

/** Links that let people without an account come to a meeting. Those who moderate it make and revoke them. */
export function createInvitations(deps: {
  database: Database
  transact: Transact
  codes: InvitationCodes
  /** Where links begin. */
  joinBase: string
  now: () => Date
}) {
  const { database, transact, codes, joinBase, now } = deps

  async function moderated(actor: Actor, name: string): Promise<RoomRow> {
    const room = await roomStore.findByName(database, name.toLowerCase())
    const rights = room && rightsOf(room, actor)
    if (!room || !rights?.mayEnter) throw notFound('meeting')
    if (!rights.isModerator) throw notModerator()
    return room
  }

  const present = (row: InvitationRow) => ({
    ...{ id: row.id, label: row.label, entered_count: row.entered_count },
    url: `${joinBase}/${codes.encode({ ownerId: row.owner_id, invitationId: row.id })}`,
    expires_at: row.expires_at.toISOString(),
    revoked_at: row.revoked_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  })

  return {
    /** The meeting, for those who moderate it. @throws AppError `not_found`, `auth.forbidden` */
    moderated,

    /** @throws AppError `not_found`, `auth.forbidden`, `meet.too_many_invitations`, `invalid_request_body` */
    async create(actor: Actor, name: string, wanted: { label?: string; expires_at?: string }, key: string | undefined) {
      const room = await moderated(actor, name)
      const expiresAt = wanted.expires_at ? new Date(wanted.expires_at) : defaultExpiry(room, now())
      if (expiresAt <= now()) throw past()
      const request = { ownerId: actor.personId, scope: `meet.invitations ${room.id}`, key, body: wanted }
      const { body } = await transact((tx) =>
        once(tx, request, async () => {
          if ((await store.count(tx, room)) >= maxInvitations) throw tooMany()
          const ids = { owner_id: room.owner_id, id: newId(), room_id: room.id }
          const row = await store.insert(tx, { ...ids, label: wanted.label?.trim() ?? '', expires_at: expiresAt })
          return { status: 201, body: { id: row.id } }
        }),
      )
      const row = await store.find(database, room.owner_id, body.id)
      if (!row) throw notFound('invitation')
      return present(row)
    },

    async list(actor: Actor, name: string, { limit, cursor }: { limit: number; cursor: string | undefined }) {
      const room = await moderated(actor, name)
      const [before] = cursor === undefined ? [undefined] : decodeCursor(cursor, ['uuid'])
      const rows = await store.list(database, room, { before, limit: limit + 1 })
      return pageOfRows(rows, limit, present)
    },

    /** The link leads nowhere from now on. @throws AppError `not_found`, `auth.forbidden` */
    async revoke(actor: Actor, name: string, id: string): Promise<void> {
      const room = await moderated(actor, name)
      if (!(await transact((tx) => store.revoke(tx, room, id)))) throw notFound('invitation')
    },
  }
}

/** As long as the meeting, and a week for one without an end. */
const defaultExpiry = (room: RoomRow, now: Date): Date =>
  new Date(Math.max(room.ends_at ? room.expires_at.getTime() : now.getTime() + 7 * day, now.getTime() + day))

const notModerator = () =>
  new AppError('forbidden', 'auth.forbidden', 'Only those who moderate this meeting may do that; ask its owner.')

const tooMany = () =>
  new AppError(
    'conflict',
    'meet.too_many_invitations',
    `This meeting has ${maxInvitations} links; one serves many guests.`,
  )

const past = () =>
  new AppError('invalid', 'invalid_request_body', 'The request is not valid: body.expires_at lies in the past.', {
    details: [{ path: 'body.expires_at', message: 'must lie in the future' }],
  })
