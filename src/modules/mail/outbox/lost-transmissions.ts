import { AppError } from '#platform/errors.ts'
import { lostSettlement } from './settlement.ts'
import type { TransmissionRun } from './transmission-run.ts'
import { type OutgoingRow, type Settlement, transmissionStore } from './transmission-store.ts'

/** Finds out what became of an account's messages whose transmission was cut off, by a lost connection or a crash. */
export async function findOut(run: TransmissionRun): Promise<void> {
  const { deps, account, claims } = run
  const { database, claimSeconds: seconds } = deps
  for (;;) {
    const claimId = claims.newClaimId()
    const lost = await transmissionStore.claimLost(database, account, { claimId, seconds })
    if (!lost) return
    const claim = { id: lost.id, claimId }
    claims.hold(claim)
    await run.commits.settle(claim, await fateOf(run, lost))
    claims.letGo(claim)
  }
}

/** A copy in Sent that we have not filed proves that the server took the message (Gmail and Outlook file their own). */
async function fateOf(
  { deps, account }: TransmissionRun,
  row: OutgoingRow & { is_lost_long: boolean },
): Promise<Settlement> {
  // An earlier transmission to other recipients would have left such a copy as well.
  const canProve = row.recipients.every(({ state }) => state !== 'accepted')
  const look = async () =>
    canProve &&
    (await deps.withFolders(account, async (folders) => {
      const sent = await folders.sent()
      return (await sent?.has(row.message_id_header)) ?? false
    }))
  const isInSent = await look().catch((error: unknown) => {
    deps.log.info({ outbox_id: row.id, err: error }, 'Sent could not be searched')
    const isGone = error instanceof AppError && error.code === 'not_found'
    return row.is_lost_long || isGone ? false : undefined
  })
  if (isInSent === undefined) return stillLost(row)
  deps.metrics.sends.inc({ outcome: isInSent ? 'accepted' : 'unknown' })
  return lostSettlement(row, { isInSent })
}

/** The mail server is away altogether: it is asked again in half a minute, for ten minutes. */
const stillLost = (row: OutgoingRow): Settlement => ({
  state: 'transmitting',
  recipients: row.recipients,
  lastResponse: 'The connection was lost before the server answered, and its Sent folder cannot be searched yet.',
  retryInSeconds: 30,
})
