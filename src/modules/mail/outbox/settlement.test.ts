import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { SmtpOutcome } from '#integrations/smtp/smtp.ts'
import { AppError } from '#platform/errors.ts'
import { fc } from '../../../../test/harness/properties.ts'
import type { RecipientState } from './outbox-store.ts'
import { lostSettlement, settlementOf } from './settlement.ts'
import type { OutgoingRow, Settlement } from './transmission-store.ts'

const rowOf = (states: readonly RecipientState[], changes: Partial<OutgoingRow> = {}): OutgoingRow => ({
  owner_id: 'owner',
  id: 'id',
  mail_account_id: 'account',
  kind: 'message',
  subject: 'Hello',
  message_id_header: '<1@example.test>',
  envelope_from: 'alice@example.test',
  recipients: states.map((state, at) => ({ email: `${at}@example.test`, state, response: null })),
  requires_smtputf8: false,
  composition: null,
  mime: null,
  mime_object: 'key',
  size_bytes: 1,
  is_8bit: false,
  state: 'queued',
  attempts: 1,
  claimed_by: null,
  not_before: new Date(0),
  sent_at: null,
  follow_up_at: null,
  is_overdue: false,
  ...changes,
})

type Result = Extract<SmtpOutcome, { kind: 'unknown' }>['recipients'][number]['state']

/** What a server said of those who were still queued. */
function outcomeOf(
  row: OutgoingRow,
  kind: 'accepted' | 'rejected' | 'unknown',
  results: readonly Result[],
): SmtpOutcome {
  const queued = row.recipients.filter(({ state }) => state === 'queued')
  const recipients = queued.map(({ email }, at) => ({ email, state: results[at] ?? 'deferred', response: 'words' }))
  if (kind !== 'rejected') return { kind, response: 'words', recipients }
  return { kind, isPermanent: recipients.every(({ state }) => state === 'refused'), response: 'words', recipients }
}

const states = ({ recipients }: Settlement) => recipients.map(({ state }) => state)

suite('settlements', () => {
  const rowStates = fc.array(fc.constantFrom<RecipientState>('queued', 'accepted', 'refused'), {
    minLength: 1,
    maxLength: 6,
  })
  const answers = fc.array(fc.constantFrom<Result>('accepted', 'refused', 'deferred'), { minLength: 6, maxLength: 6 })

  test('whoever was answered for good keeps that answer and is never tried again', () => {
    const property = fc.property(rowStates, answers, fc.boolean(), (before, results, is_overdue) => {
      const row = rowOf(before, { is_overdue })
      const after = settlementOf(row, outcomeOf(row, 'accepted', results))
      for (const [at, state] of before.entries()) if (state !== 'queued') assert.equal(states(after)[at], state)
      const isPending = states(after).includes('queued')
      assert.equal(after.state === 'queued', isPending)
      if (!isPending) assert.equal(after.state === 'sent', states(after).includes('accepted'))
    })
    fc.assert(property)
  })

  test('a failed connection changes nothing but the time of the next try', () => {
    const error = new AppError('unprocessable', 'mail.server_error', 'busy', { retryAfterSeconds: 300 })
    const after = settlementOf(rowOf(['queued', 'accepted']), { kind: 'not_sent', error })
    assert.deepEqual([after.state, ...states(after)], ['queued', 'queued', 'accepted'])
    assert.equal(after.retryInSeconds, 300)
  })

  test('after two days those still queued are given up, those who got it are not', () => {
    const row = rowOf(['accepted', 'queued'], { is_overdue: true })
    const after = settlementOf(row, outcomeOf(row, 'rejected', ['deferred']))
    assert.deepEqual([after.state, ...states(after)], ['sent', 'accepted', 'refused'])
  })

  test('a cut connection leaves the message as it is until its fate is found out', () => {
    const row = rowOf(['queued', 'queued'])
    const cut = settlementOf(row, outcomeOf(row, 'unknown', ['unknown', 'deferred']))
    assert.deepEqual([cut.state, ...states(cut)], ['transmitting', 'unknown', 'queued'])
    const found = lostSettlement({ ...row, recipients: cut.recipients }, { isInSent: true })
    assert.deepEqual([found.state, ...states(found)], ['queued', 'accepted', 'queued'])
    assert.equal(found.isFiled, true)
    const missing = lostSettlement({ ...row, recipients: cut.recipients }, { isInSent: false })
    assert.deepEqual([missing.state, ...states(missing)], ['unknown', 'unknown', 'refused'])
  })

  test('after a crash everybody who was queued was in flight', () => {
    const missing = lostSettlement(rowOf(['queued', 'refused', 'queued']), { isInSent: false })
    assert.deepEqual([missing.state, ...states(missing)], ['unknown', 'unknown', 'refused', 'unknown'])
  })
})
