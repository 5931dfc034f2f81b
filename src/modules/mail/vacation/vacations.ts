import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { etagMismatch, etagOf, isMatch } from '#platform/http/etag.ts'
import { arrivalInterestStore } from '../arrivals/arrival-store.ts'
import { appendMailEvents } from '../events.ts'
import { oneLine } from '../outbox/compose.ts'
import { type Vacation, vacationStore } from './vacation-store.ts'
import { defaultRepeatDays, type VacationBody, type VacationSettings } from './vacation-wire.ts'

/** The consumer of new mail that answers it. */
export const vacationConsumer = 'vacation'

export type Vacations = ReturnType<typeof createVacations>

/** What is answered while an owner is away, for each of their accounts. */
export function createVacations(deps: { database: Database; transact: Transact; events: Events; now?: () => Date }) {
  const { database, transact, events, now = () => new Date() } = deps
  return {
    /** @throws AppError `not_found`. */
    async view(ownerId: string, mailAccountId: string): Promise<VacationSettings> {
      if (!(await vacationStore.hasAccount(database, ownerId, mailAccountId))) throw notFound('mail account')
      return settingsOf(await vacationStore.find(database, ownerId, mailAccountId))
    },

    /**
     * A new subject or text is new to everybody: also those are answered who were answered lately.
     * @throws AppError `not_found`, `etag_mismatch`, `invalid_request_body`.
     */
    put: (
      ownerId: string,
      mailAccountId: string,
      body: VacationBody,
      ifMatch: string | undefined,
    ): Promise<VacationSettings> =>
      transact(async (tx) => {
        if (!(await vacationStore.hasAccount(tx, ownerId, mailAccountId))) throw notFound('mail account')
        const before = await vacationStore.lock(tx, ownerId, mailAccountId)
        if (!isMatch(ifMatch, settingsOf(before).etag)) throw etagMismatch()
        const vacation = vacationOf(body, now())
        await vacationStore.put(tx, ownerId, mailAccountId, vacation)
        if (!saysTheSame(before, vacation)) await vacationStore.forgetReplies(tx, ownerId, mailAccountId)
        await keepInterest(tx, ownerId)
        const data = { mail_account_id: mailAccountId, is_enabled: vacation.is_enabled }
        await appendMailEvents(events, tx, ownerId, [{ type: 'mail.vacation_updated', data }])
        return settingsOf(vacation)
      }),
  }
}

async function keepInterest(tx: Tx, ownerId: string): Promise<void> {
  const until = await vacationStore.latestEnd(tx, ownerId)
  const queue = { ownerId, consumer: vacationConsumer }
  if (until === undefined) await arrivalInterestStore.clear(tx, queue)
  else await arrivalInterestStore.set(tx, queue, { until })
}

function vacationOf(body: VacationBody, now: Date): Vacation {
  const starts = body.starts_at === undefined ? now : new Date(body.starts_at)
  const ends = body.ends_at == null ? null : new Date(body.ends_at)
  if (ends && ends <= starts) throw invalid('body.ends_at', 'must be later than starts_at')
  const { text = null, html = null } = body
  if (body.is_enabled && !text?.trim() && !html?.trim()) throw invalid('body.text', 'must say something, or html must')
  return {
    is_enabled: body.is_enabled,
    starts_at: starts,
    ends_at: ends,
    subject: oneLine(body.subject ?? ''),
    text_body: text,
    html_body: html,
    repeat_days: body.repeat_days ?? defaultRepeatDays,
  }
}

const invalid = (path: string, message: string) =>
  new AppError('invalid', 'invalid_request_body', `The request is not valid: ${path} ${message}.`, {
    details: [{ path, message }],
  })

const saysTheSame = (before: Vacation | undefined, now: Vacation): boolean =>
  before?.subject === now.subject && before.text_body === now.text_body && before.html_body === now.html_body

const none: Vacation = {
  ...{ is_enabled: false, starts_at: new Date(0), ends_at: null },
  ...{ subject: '', text_body: null, html_body: null, repeat_days: defaultRepeatDays },
}

function settingsOf(vacation: Vacation = none): VacationSettings {
  const settings = {
    is_enabled: vacation.is_enabled,
    starts_at: vacation.starts_at.toISOString(),
    ends_at: vacation.ends_at?.toISOString() ?? null,
    subject: vacation.subject,
    text: vacation.text_body,
    html: vacation.html_body,
    repeat_days: vacation.repeat_days,
  }
  return { ...settings, etag: etagOf(settings) }
}
