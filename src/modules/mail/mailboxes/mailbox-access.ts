import { createShortMemory } from '#platform/auth/short-memory.ts'
import type { Database } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { type HeldMailbox, mailboxAccessStore as store } from './access-store.ts'
import { isEnough, type Role } from './roles.ts'
import { roleOf } from './route-roles.ts'

/** A request as far as it tells in whose mail it is. */
export type Asked = {
  personId: string
  /** Its method and address below that of mail. */
  route: string
  /** The account that it names for all of it; undefined when its ids tell. */
  mailAccountId: string | undefined
  ids: () => string[]
  body: unknown
}

/** In whose mail it is carried out, and whose mail its lists show. */
export type Place = { ownerId: string; readableOwnerIds: readonly string[] }

/** How long it can take on other nodes until somebody's first role is known. */
const rememberedMs = 5000
const rememberedPeople = 50_000

export type MailboxAccess = ReturnType<typeof createMailboxAccess>

/** The one place where it is decided in whose mail somebody acts, and whether they may. */
export function createMailboxAccess({ database, now }: { database: Database; now?: () => number }) {
  const without = createShortMemory<true>(rememberedPeople, now)
  const clock = now ?? Date.now

  /** Read anew each time, so that a role that was withdrawn is gone; that there are none is remembered. */
  async function heldBy(personId: string): Promise<HeldMailbox[]> {
    if (without.get(personId)) return []
    const held = await store.heldBy(database, personId)
    if (held.length === 0) without.set(personId, true, clock() + rememberedMs)
    return held
  }

  /** @throws AppError `not_found`, `mail.mailboxes_mixed`. */
  async function ownerMeant(asked: Asked, held: readonly HeldMailbox[]): Promise<string | undefined> {
    const owners = [asked.personId, ...held.map(({ ownerId }) => ownerId)]
    if (asked.mailAccountId !== undefined) {
      const [owner] = await store.ownersOf(database, owners, [asked.mailAccountId])
      if (owner === undefined) throw notFound('mail account')
      return owner
    }
    const ids = asked.ids()
    const found = ids.length === 0 ? [] : await store.ownersOf(database, owners, ids)
    if (found.length > 1) throw mixed()
    return found[0]
  }

  return {
    heldBy,

    /** Whose mail somebody may read: their own and that of mailboxes. */
    readableBy: async (personId: string): Promise<string[]> => [
      personId,
      ...(await heldBy(personId)).map(({ ownerId }) => ownerId),
    ],

    /** Somebody was given a role on this node; a group may be anybody. */
    forget: () => without.forget(() => true),

    /**
     * Puts a request into the mailbox that it is about.
     * @throws AppError `not_found` for a mailbox in which the actor has no role, `mail.role_too_small`,
     *   `mail.mailboxes_mixed` for one that names things of two.
     */
    async place(asked: Asked): Promise<Place> {
      const { personId } = asked
      const own = { ownerId: personId, readableOwnerIds: [personId] }
      const held = await heldBy(personId)
      if (held.length === 0 && asked.mailAccountId === undefined) return own
      const needed = roleOf(asked.route, asked.body) ?? 'owner'
      if (needed === 'own') return own
      const ownerId = await ownerMeant(asked, held)
      if (ownerId === undefined) {
        return { ownerId: personId, readableOwnerIds: [personId, ...held.map((mailbox) => mailbox.ownerId)] }
      }
      const mailbox = held.find((one) => one.ownerId === ownerId)
      if (mailbox && !isEnough(mailbox.role, needed)) throw tooSmall(mailbox.role, needed)
      return { ownerId, readableOwnerIds: [ownerId] }
    },
  }
}

const tooSmall = (held: Role, needed: Role) =>
  new AppError(
    'forbidden',
    'mail.role_too_small',
    needed === 'owner'
      ? 'Only its owner, or an administrator, may do this to the mailbox.'
      : `This takes the role "${needed}" in the mailbox, and yours is "${held}"; ask whoever manages it.`,
  )

const mixed = () =>
  new AppError(
    'invalid',
    'mail.mailboxes_mixed',
    'The request names things of several mailboxes; send one request for each of them.',
  )
