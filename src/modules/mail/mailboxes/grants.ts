import { audit, type RequestOrigin } from '#platform/audit/audit.ts'
import type { Database, Transact, Tx } from '#platform/database/database.ts'
import type { Json } from '#platform/database/generated.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { newId } from '#platform/ids.ts'
import { appendMailEvents } from '../events.ts'
import { mailboxReaders } from './access-store.ts'
import type { Grant, NewGrantBody } from './grant-wire.ts'
import { type GrantRow, type Member, mailboxStore as store } from './mailbox-store.ts'
import type { GrantedRole } from './roles.ts'

/** Who gives and takes, in the middle of a request. */
export type Giver = { actorId: string; origin: RequestOrigin }

export type Grants = ReturnType<typeof createGrants>

/** Who may do what in a mailbox. Each change is in the audit log with what was before. */
export function createGrants(deps: { database: Database; transact: Transact; events: Events; forget: () => void }) {
  const { database, transact, events } = deps

  const record = (
    tx: Tx,
    giver: Giver,
    change: { ownerId: string; action: `mail.${string}`; target: string } & Before,
  ) =>
    audit.record(tx, {
      ...{ ownerId: change.ownerId, actorId: giver.actorId, action: change.action, target: change.target },
      ...{ outcome: 'success', origin: giver.origin, details: { before: change.before, after: change.after } },
    })

  /** Everybody who may read there reads anew what they may do. */
  async function tell(tx: Tx, ownerId: string): Promise<void> {
    const mailAccountId = await store.accountOf(tx, ownerId)
    if (mailAccountId === undefined) return
    await appendMailEvents(events, tx, ownerId, [
      { type: 'mail.access_changed', data: { mail_account_id: mailAccountId } },
    ])
  }

  async function giveIn(tx: Tx, giver: Giver, ownerId: string, wanted: { member: Member; role: GrantedRole }) {
    const { member, role } = wanted
    const before = await store.grantTo(tx, ownerId, member)
    await store.give(tx, ownerId, { id: newId(), member, role })
    const after = await store.grantTo(tx, ownerId, member)
    if (!after) throw new Error('A role that was given is there.')
    if (before?.role !== role) {
      const change = { before: before ? shownInAudit(before) : null, after: shownInAudit(after) }
      await record(tx, giver, { ...change, ownerId, action: 'mail.grant_given', target: after.id })
      await tell(tx, ownerId)
    }
    return grantOf(after)
  }

  return {
    giveIn,
    tell,
    record,

    list: async (ownerId: string): Promise<Grant[]> => (await store.grants(database, ownerId)).map(grantOf),

    /**
     * Gives somebody a role, or another one than they had.
     * @throws AppError `not_found`, `mail.member_unknown`.
     */
    async give(giver: Giver, ownerId: string, body: NewGrantBody): Promise<Grant> {
      const grant = await transact(async (tx) => {
        if (!(await store.lock(tx, ownerId))) throw notFound('mailbox')
        return giveIn(tx, giver, ownerId, { member: await memberOf(tx, body), role: body.role as GrantedRole })
      })
      deps.forget()
      return grant
    },

    /**
     * From the commit on nothing of the mailbox is shown to whoever had only this role, nor what they were told of it.
     * @throws AppError `not_found`.
     */
    withdraw: (giver: Giver, ownerId: string, grantId: string): Promise<void> =>
      transact(async (tx) => {
        if (!(await store.lock(tx, ownerId))) throw notFound('mailbox')
        const grant = (await store.grants(tx, ownerId)).find(({ id }) => id === grantId)
        if (!grant) throw notFound('role')
        const change = { before: shownInAudit(grant), after: null }
        await record(tx, giver, { ...change, ownerId, action: 'mail.grant_withdrawn', target: grantId })
        const readers = await mailboxReaders(tx, ownerId)
        // Told while they are still among those who are.
        await tell(tx, ownerId)
        await store.withdraw(tx, ownerId, grantId)
        const left = new Set(await mailboxReaders(tx, ownerId))
        const gone = readers.filter((id) => !left.has(id))
        const mailAccountId = await store.accountOf(tx, ownerId)
        if (gone.length > 0) await store.takeBackEvents(tx, ownerId, gone, { mail_account_id: mailAccountId ?? null })
      }),
  }
}

type Before = { before: Json; after: Json }

/** @throws AppError `invalid_request_body` unless one of them is named, `mail.member_unknown`. */
export async function memberOf(db: Tx | Database, { person_id, email, group }: NewGrantBody): Promise<Member> {
  const named = [person_id, email, group].filter((one) => one !== undefined)
  if (named.length !== 1) throw oneMember()
  if (group !== undefined) return { group }
  const personId = await store.findPerson(db, person_id === undefined ? { email: email ?? '' } : { id: person_id })
  if (personId === undefined) throw unknownMember()
  return { personId }
}

const grantOf = ({ id, role, group_name: group, person, created_at }: GrantRow): Grant => ({
  ...{ id, role, group, person, created_at: created_at.toISOString() },
})

const shownInAudit = ({ role, group_name, person }: GrantRow) => ({
  ...{ role, group: group_name, person_id: person?.id ?? null },
})

const oneMember = () =>
  new AppError(
    'invalid',
    'invalid_request_body',
    'The request is not valid: body must have one of person_id, email and group.',
    { details: [{ path: 'body', message: 'must have one of person_id, email and group' }] },
  )

const unknownMember = () =>
  new AppError(
    'unprocessable',
    'mail.member_unknown',
    'Nobody here has that address or id; they have to have been here once, or be made known by an administrator.',
  )
