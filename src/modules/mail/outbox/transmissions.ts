import { AppError } from '#platform/errors.ts'
import { holdClaims } from './claims.ts'
import { findOut } from './lost-transmissions.ts'
import { createOutboxCommits } from './outbox-commits.ts'
import type { TransmissionDeps, TransmissionRun } from './transmission-run.ts'
import type { OutboxAccount } from './transmission-store.ts'
import { createTransmitter } from './transmitter.ts'
import { createWaitingLine, type WaitingLine } from './waiting-line.ts'

/** Exchange lets an account have three; others more. */
const connectionsPerAccount = 3
/** Fewer messages than this for each are not worth another connection. */
const messagesPerConnection = 4

/**
 * Moves an account's messages to its SMTP server, never twice. A message is `transmitting` from before the first byte of
 * its content: from when the server waits for it or, in a long line, for some messages before that. One that is found `transmitting` after its process died
 * may have arrived: it is looked for in Sent and never sent again by itself.
 */
export async function transmitAll(deps: TransmissionDeps, account: OutboxAccount, signal: AbortSignal): Promise<void> {
  const claims = holdClaims(deps, account.ownerId)
  const run = { deps, account, claims, commits: createOutboxCommits(deps, account) }
  try {
    await findOut(run)
    const line = createWaitingLine(run, signal)
    const [first] = await line.next(1)
    if (!first) return
    line.putBack(first)
    await transmitLine(run, line)
  } finally {
    claims.stop()
  }
}

/** Over as many connections as the length of the line is worth. */
async function transmitLine(run: TransmissionRun, line: WaitingLine): Promise<void> {
  const transmitter = createTransmitter(run, line)
  const others = Math.min(connectionsPerAccount - 1, Math.floor(line.length() / messagesPerConnection))
  const ends = await Promise.allSettled([transmitter.work(), ...Array.from({ length: others }, transmitter.workBeside)])
  await transmitter.settled()
  await line.close()
  // An account that is gone took its messages along.
  const failed = ends.find((end) => end.status === 'rejected' && !isNotFound(end.reason))
  if (failed?.status === 'rejected') throw failed.reason
}

const isNotFound = (error: unknown) => error instanceof AppError && error.code === 'not_found'
