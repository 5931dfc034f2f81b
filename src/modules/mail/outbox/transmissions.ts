import type { Readable } from 'node:stream'
import type { Smtp, SmtpOutcome } from '#integrations/smtp/smtp.ts'
import type { Database } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { Connections } from '../accounts/connections.ts'
import type { MailMetrics } from '../metrics.ts'
import { isBeyondAscii } from './address.ts'
import { ClaimLost, keepingClaim, newClaim } from './claim-keeper.ts'
import type { WithSentFolder } from './sent-folder.ts'
import { type SettleDeps, settle } from './settle.ts'
import { failedSettlement, lostSettlement, settlementOf } from './settlement.ts'
import {
  type Claim,
  type OutboxRef,
  type OutgoingRow,
  type Settlement,
  transmissionStore,
} from './transmission-store.ts'

export type TransmissionDeps = SettleDeps & {
  database: Database
  objects: Objects
  connections: Connections
  smtp: Smtp
  withSentFolder: WithSentFolder
  metrics: Pick<MailMetrics, 'sends'>
  /** After how many seconds without a sign of life another process takes a message over. */
  claimSeconds: number
}

/**
 * Moves messages of the outbox to their SMTP server, never twice. A message is `queued` until the server waits for its
 * content, and `transmitting` from before the first byte of it. One that is found `transmitting` after its process died
 * may have arrived: it is looked for in Sent and never sent again by itself.
 */
export function createTransmissions(deps: TransmissionDeps) {
  const { database, claimSeconds } = deps
  return {
    /** Does what a message needs now, if anything; safe to be called by many at once, and at any time. */
    async attend(ref: OutboxRef): Promise<void> {
      const claim = newClaim(ref)
      const queued = await transmissionStore.claim(database, claim, claimSeconds)
      if (queued) return keepingClaim(deps, claim, () => transmit(deps, claim, queued))
      const lost = await transmissionStore.claimLost(database, claim, claimSeconds)
      if (lost) return keepingClaim(deps, claim, () => findOut(deps, claim, lost))
    },
  }
}

async function transmit(deps: TransmissionDeps, claim: Claim, row: OutgoingRow): Promise<void> {
  const settlement = await conclude(deps, claim, row)
  if (settlement) await settle(deps, claim, settlement)
}

/** Undefined when the message is somebody else's by now, or gone with its account. */
async function conclude(deps: TransmissionDeps, claim: Claim, row: OutgoingRow): Promise<Settlement | undefined> {
  const { log, metrics } = deps
  try {
    const outcome = await attempt(deps, claim, row)
    metrics.sends.inc({ outcome: outcome.kind })
    log.info({ outbox_id: row.id, outcome: outcome.kind, attempts: row.attempts }, 'transmission ended')
    return settlementOf(row, outcome)
  } catch (error) {
    // Whatever stops an attempt from inside does so before any content is sent.
    log.warn({ outbox_id: row.id, err: error }, 'a message could not be tried')
    if (error instanceof ClaimLost || isNotFound(error)) return undefined
    metrics.sends.inc({ outcome: 'not_sent' })
    if (error instanceof ContentMissing) return failedSettlement(row, error.message)
    return settlementOf(row, { kind: 'not_sent', error: error instanceof AppError ? error : notTried(error) })
  }
}

class ContentMissing extends Error {
  constructor() {
    super('The content of this message is no longer stored here; write it again.')
    this.name = 'ContentMissing'
  }
}

const isNotFound = (error: unknown) => error instanceof AppError && error.code === 'not_found'

const notTried = (cause: unknown) =>
  new AppError('internal', 'internal_error', 'The message could not be tried here; it is tried again.', { cause })

async function attempt(deps: TransmissionDeps, claim: Claim, row: OutgoingRow): Promise<SmtpOutcome> {
  const server = await deps.connections.smtpOf(row.owner_id, row.mail_account_id)
  const to = row.recipients.filter(({ state }) => state === 'queued').map(({ email }) => email)
  const message = {
    from: row.envelope_from,
    to,
    size: row.size_bytes,
    requiresSmtpUtf8: [row.envelope_from, ...to].some(isBeyondAscii),
    mime: () => readMime(deps.objects, row.mime_object),
  }
  return deps.smtp.send(server, message, {
    onTransmitting: async () => {
      if (!(await transmissionStore.markTransmitting(deps.database, claim, deps.claimSeconds))) throw new ClaimLost()
    },
  })
}

async function readMime(objects: Objects, key: string): Promise<Readable> {
  const found = await objects.get(key)
  if (!found) throw new ContentMissing()
  return found.content
}

/** A copy in Sent that we have not filed proves that the server took the message (Gmail and Outlook file their own). */
async function findOut(deps: TransmissionDeps, claim: Claim, row: OutgoingRow & { is_lost_long: boolean }) {
  // An earlier transmission to other recipients would have left such a copy as well.
  const canProve = row.recipients.every(({ state }) => state !== 'accepted')
  const look = async () =>
    canProve &&
    (await deps.withSentFolder(
      row.owner_id,
      row.mail_account_id,
      async (folder) => (await folder?.has(row.message_id_header)) ?? false,
    ))
  const isInSent = await look().catch((error: unknown) => {
    deps.log.info({ outbox_id: row.id, err: error }, 'Sent could not be searched')
    return row.is_lost_long || isNotFound(error) ? false : undefined
  })
  if (isInSent === undefined) return settle(deps, claim, stillLost(row))
  deps.metrics.sends.inc({ outcome: isInSent ? 'accepted' : 'unknown' })
  await settle(deps, claim, lostSettlement(row, { isInSent }))
}

/** The mail server is away altogether: it is asked again in half a minute, for ten minutes. */
const stillLost = (row: OutgoingRow): Settlement => ({
  state: 'transmitting',
  recipients: row.recipients,
  lastResponse: 'The connection was lost before the server answered, and its Sent folder cannot be searched yet.',
  retryInSeconds: 30,
})
