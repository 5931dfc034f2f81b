import { createHash, randomInt, timingSafeEqual } from 'node:crypto'
import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { decodeCursor, pageOfRows } from '#platform/http/cursor.ts'
import { type Answer, once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import { appendMailEvents } from '../events.ts'
import type { MailSending } from '../outbox/sending.ts'
import type { MailPolicies } from '../policies.ts'
import { createSenders } from './senders.ts'
import { type CodeRow, targetStore as store, type TargetKey } from './target-store.ts'
import { type NewTargetBody, type Target, targetOf } from './target-wire.ts'

const maxTargets = 20
const maxWrongCodes = 5
/** Between two codes for one target. */
const patienceSeconds = 60

export type TargetDeps = {
  database: Database
  transact: Transact
  events: Events
  sending: MailSending
  policies?: MailPolicies | undefined
}
export type Targets = ReturnType<typeof createTargets>

/** Where an owner's rules may forward to: addresses whose readers have given the code that was mailed to them. */
export function createTargets({ database, transact, events, sending, policies }: TargetDeps) {
  async function lock(tx: Tx, key: TargetKey): Promise<CodeRow> {
    const row = await store.lock(tx, key)
    if (!row) throw notFound('forward target')
    return row
  }

  async function mailCode(tx: Tx, ownerId: string, { email, code, mailAccountId }: CodeMail): Promise<void> {
    const { from } = await createSenders(tx, ownerId)(mailAccountId)
    const composition = {
      ...{ mailAccountId, from, to: [{ name: '', email }], cc: [], bcc: [], replyTo: [] },
      ...{ attachments: [], parts: [], references: [] },
      subject: `${code} is the code for mail from ${from.email}`,
      text: codeText(from.email, code),
      headers: { 'Auto-Submitted': 'auto-generated' },
    }
    const { events: happened } = await sending.send(tx, { ownerId, composition, kind: 'automatic_reply' })
    await appendMailEvents(events, tx, ownerId, happened)
  }

  return {
    /** Oldest first. */
    async list(ownerId: string, { cursor, limit }: { cursor: string | undefined; limit: number }) {
      const [after] = cursor === undefined ? [] : decodeCursor(cursor, ['uuid'])
      const rows = await store.list(database, ownerId, { after, limit: limit + 1 })
      return pageOfRows(rows, limit, targetOf)
    },

    /**
     * Mails a code there, from one of the owner's accounts.
     * @throws AppError `not_found` for the account, `mail.forward_target_exists`, `mail.too_many_forward_targets`,
     * `invalid_request_body` for what is no address, `idempotency_key_reused`.
     */
    create: (ownerId: string, body: NewTargetBody, idempotencyKey: string | undefined): Promise<Answer<Target>> =>
      transact((tx) =>
        once(tx, { ownerId, scope: 'mail.forward_targets', key: idempotencyKey, body }, async () => {
          await policies?.requireForwarding(tx, ownerId, body.email)
          if ((await store.count(tx, ownerId)) >= maxTargets) throw tooMany()
          const code = newCode()
          const row = await store.insert(tx, ownerId, { id: newId(), email: body.email, codeHash: hashOf(code) })
          if (!row) throw exists(body.email)
          await mailCode(tx, ownerId, { email: body.email, code, mailAccountId: body.mail_account_id })
          return { status: 201, body: targetOf(row) }
        }),
      ),

    /** Mails another code; the one before is void. @throws AppError `not_found`, `mail.forward_target_verified`, `rate_limited` */
    renewCode: (key: TargetKey, mailAccountId: string): Promise<void> =>
      transact(async (tx) => {
        await createSenders(tx, key.ownerId)(mailAccountId)
        const { email, verified_at, seconds_since_code: age } = await lock(tx, key)
        if (verified_at) throw isVerified()
        if (age !== null && age < patienceSeconds) throw tooSoon(patienceSeconds - age)
        const code = newCode()
        await store.setCode(tx, key, hashOf(code))
        await mailCode(tx, key.ownerId, { email, code, mailAccountId })
      }),

    /** @throws AppError `not_found`, `mail.forward_target_code_wrong`, `mail.forward_target_code_void` */
    async verify(key: TargetKey, code: string): Promise<Target> {
      // A wrong code is counted although it is refused.
      const outcome = await transact(async (tx) => {
        const row = await lock(tx, key)
        if (row.verified_at) return row
        if (!row.code_hash || row.is_expired || row.wrong_codes >= maxWrongCodes) throw codeVoid()
        if (!timingSafeEqual(row.code_hash, hashOf(code))) {
          await store.countWrongCode(tx, key)
          return undefined
        }
        await store.verify(tx, key)
        return { ...row, verified_at: new Date() }
      })
      if (!outcome) throw wrongCode()
      return targetOf(outcome)
    },

    /** Rules that forward there do so no more. @throws AppError `not_found` */
    remove: (key: TargetKey): Promise<void> =>
      transact(async (tx) => {
        if (!(await store.delete(tx, key))) throw notFound('forward target')
      }),
  }
}

type CodeMail = { email: string; code: string; mailAccountId: string }

const newCode = (): string => String(randomInt(100_000_000)).padStart(8, '0')

const hashOf = (code: string): Buffer => createHash('sha256').update(code).digest()

const codeText = (from: string, code: string): string =>
  `Somebody who uses the address ${from} wants their mail to be forwarded to you.\n\n` +
  `If you want that, give them this code: ${code}\n\nOtherwise do nothing: no mail is forwarded without it.\n`

const tooMany = () =>
  new AppError(
    'conflict',
    'mail.too_many_forward_targets',
    `You have ${maxTargets} forward targets; delete some first.`,
  )

const exists = (email: string) =>
  new AppError(
    'conflict',
    'mail.forward_target_exists',
    `${email} is a forward target already; look it up in the list.`,
  )

const isVerified = () =>
  new AppError('conflict', 'mail.forward_target_verified', 'This target is verified already; no code is needed.')

const tooSoon = (seconds: number) =>
  new AppError('rate_limited', 'rate_limited', 'A code was sent a moment ago; wait for it, or a minute for another.', {
    retryAfterSeconds: seconds,
  })

const wrongCode = () =>
  new AppError(
    'unprocessable',
    'mail.forward_target_code_wrong',
    'That is not the code that was mailed to the target; look again.',
  )

const codeVoid = () =>
  new AppError(
    'unprocessable',
    'mail.forward_target_code_void',
    'The code is too old, or was guessed at too often; have another one mailed.',
  )
