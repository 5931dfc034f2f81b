import { isOverLimit } from '#integrations/smtp/send-limits.ts'
import type { SmtpOutcome } from '#integrations/smtp/smtp.ts'
import { AppError } from '#platform/errors.ts'
import { ClaimLost } from './claims.ts'
import { ContentMissing } from './outbox-mime.ts'
import { failedSettlement, limitedDelaySeconds, settlementOf } from './settlement.ts'
import type { TransmissionRun } from './transmission-run.ts'
import { type Claim, claimOf, type OutgoingRow, type Settlement } from './transmission-store.ts'
import type { WaitingLine } from './waiting-line.ts'

export type Outcomes = ReturnType<typeof createOutcomes>

/** What became of one message is written down while the next is sent: it is safe before the run ends. */
export function createOutcomes({ deps, claims, commits }: TransmissionRun, line: WaitingLine) {
  const { log, metrics } = deps
  const recording = new Set<Promise<void>>()

  function record(claim: Claim, settlement: Settlement): void {
    const recorded = commits
      .settle(claim, settlement)
      .catch((error) => log.error({ outbox_id: claim.id, err: error }, 'an outcome was not stored'))
      .finally(() => {
        claims.letGo(claim)
        recording.delete(recorded)
      })
    recording.add(recorded)
  }

  function conclude(row: OutgoingRow, outcome: SmtpOutcome): Settlement {
    metrics.sends.inc({ outcome: outcome.kind })
    log.info({ outbox_id: row.id, outcome: outcome.kind, attempts: row.attempts }, 'transmission ended')
    const settlement = settlementOf(row, outcome)
    record(claimOf(row), settlement)
    const isLimited = outcome.kind !== 'not_sent' && outcome.recipients.some(({ response }) => isOverLimit(response))
    if (isLimited) line.end({ seconds: limitedDelaySeconds, reason: settlement.lastResponse })
    return settlement
  }

  return {
    /** By what the server said, or by why nothing was said to it. */
    conclude,

    /** By what stopped an attempt from inside, before any content was sent. */
    fail(row: OutgoingRow, error: unknown): void {
      const claim = claimOf(row)
      if (error instanceof ClaimLost) {
        claims.letGo(claim)
        return
      }
      log.warn({ outbox_id: row.id, err: error }, 'a message could not be tried')
      const isForGood = error instanceof ContentMissing || (error instanceof AppError && error.kind === 'conflict')
      if (isForGood) record(claim, failedSettlement(row, error.message))
      else conclude(row, { kind: 'not_sent', error: error instanceof AppError ? error : notTried(error) })
    },

    /** Resolves when all that became known is written down. */
    async settled(): Promise<void> {
      commits.flush()
      await Promise.all(recording)
    },
  }
}

const notTried = (cause: unknown) =>
  new AppError('internal', 'internal_error', 'The message could not be tried here; it is tried again.', { cause })
