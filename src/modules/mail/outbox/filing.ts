import { buffer } from 'node:stream/consumers'
import { profileOf } from '#integrations/imap/provider-profiles.ts'
import { AppError } from '#platform/errors.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { Wake } from '../wake.ts'
import { type ClaimDeps, ClaimLost, type Claims, holdClaims } from './claims.ts'
import { failureNotice, noticeIdOf } from './failure-notice.ts'
import { type FilingRow, type FilingStates, filingStore } from './filing-store.ts'
import type { MailboxFolder, MailboxFolders, WithFolders } from './mailbox-folders.ts'
import { ContentMissing, openMime } from './outbox-mime.ts'
import type { Claim, OutboxAccount } from './transmission-store.ts'

export type FilingDeps = ClaimDeps & { objects: Objects; withFolders: WithFolders; wake: Wake }

/**
 * Files copies of what was sent in an account's Sent folder, and notices of what could not be sent in its inbox: steps
 * of their own, which never make a message sent twice. The folder is searched first each time, so that neither a
 * repetition nor a server that files copies by itself makes two.
 */
export async function fileAll(deps: FilingDeps, account: OutboxAccount, signal: AbortSignal): Promise<void> {
  const { database } = deps
  const host = await filingStore.findSmtpHost(database, account)
  // Its copies appear some seconds later, too late for a search to see them.
  if (host !== undefined && profileOf(host).filesSentCopies) await filingStore.skipSentCopies(database, account)
  const claims = holdClaims(deps, account.ownerId)
  try {
    await fileDue(deps, account, claims, signal)
  } finally {
    claims.stop()
  }
}

async function fileDue(deps: FilingDeps, account: OutboxAccount, claims: Claims, signal: AbortSignal): Promise<void> {
  const { database, log, claimSeconds: seconds } = deps
  const { ownerId, mailAccountId } = account
  let claim: Claim | undefined
  let row: FilingRow | undefined
  const next = async () => {
    if (claim) claims.letGo(claim)
    const claimId = claims.newClaimId()
    row = signal.aborted ? undefined : await filingStore.claim(database, account, { claimId, seconds })
    claim = row && { id: row.id, claimId }
    if (claim) claims.hold(claim)
    return row && claim && { row, claim }
  }
  const first = await next()
  if (!first) return
  try {
    const fileEach = async (folders: MailboxFolders) => {
      for (let one: typeof first | undefined = first; one; one = await next()) await file(deps, folders, one)
    }
    await deps.withFolders(account, fileEach, { signal })
    deps.wake.account(mailAccountId, 'sent')
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return
    if (signal.aborted && claim) return void (await filingStore.release(database, ownerId, claim))
    log.info({ ...account, err: error }, 'a mailbox could not be written to')
    if (!claim || !row) return
    if (row.is_overdue) await filingStore.finish(database, ownerId, claim, givenUp(row))
    else await filingStore.release(database, ownerId, claim)
    // As long again as it has been tried already: half a minute at first, an hour at last.
    await filingStore.postpone(database, account, Math.min(Math.max(row.age_seconds, 30), 3600))
  }
}

const givenUp = (row: FilingRow): FilingStates => ({
  ...(isOpen(row.sent_copy_state) && { sent_copy_state: 'skipped' }),
  ...(isOpen(row.notice_state) && { notice_state: 'done' }),
})

const isOpen = (state: string): boolean => state === 'pending' || state === 'appending'

async function file(deps: FilingDeps, folders: MailboxFolders, { row, claim }: { row: FilingRow; claim: Claim }) {
  try {
    const states: FilingStates = {}
    if (row.sent_at !== null && isOpen(row.sent_copy_state)) {
      states.sent_copy_state = await fileCopy(deps, folders, row, claim)
    }
    if (isOpen(row.notice_state)) states.notice_state = await fileNotice(deps, folders, row, claim)
    await filingStore.finish(deps.database, row.owner_id, claim, states)
  } catch (error) {
    // Whoever has it now goes on with it.
    if (!(error instanceof ClaimLost)) throw error
  }
}

async function fileCopy(
  deps: FilingDeps,
  folders: MailboxFolders,
  row: FilingRow,
  claim: Claim,
): Promise<'done' | 'skipped'> {
  const { database, log } = deps
  const folder = await folders.sent()
  if (!folder) log.info({ outbox_id: row.id }, 'the account has no Sent folder; no copy is filed')
  const mime = folder && (await mimeOf(deps, row))
  if (!folder || !mime) return 'skipped'
  const begin = () => filingStore.begin(database, row.owner_id, claim, { sent_copy_state: 'appending' })
  const copy = { messageIdHeader: row.message_id_header, mime, at: row.sent_at ?? new Date(), flags: ['\\Seen'] }
  await putOnce(folder, copy, begin)
  return 'done'
}

async function mimeOf({ objects }: FilingDeps, { mime, mime_object }: FilingRow): Promise<Buffer | undefined> {
  if (mime) return mime
  if (mime_object === null) return undefined
  try {
    return await buffer(await openMime(objects, { object: mime_object }))
  } catch (error) {
    if (error instanceof ContentMissing) return undefined
    throw error
  }
}

async function fileNotice(deps: FilingDeps, folders: MailboxFolders, row: FilingRow, claim: Claim): Promise<'done'> {
  const at = new Date()
  const mime = await failureNotice(row, at)
  const begin = () => filingStore.begin(deps.database, row.owner_id, claim, { notice_state: 'appending' })
  await putOnce(await folders.inbox(), { messageIdHeader: noticeIdOf(row), mime, at, flags: [] }, begin)
  return 'done'
}

type Copy = { messageIdHeader: string; mime: Buffer; at: Date; flags: readonly string[] }

/** @throws ClaimLost before anything is written. */
async function putOnce(folder: MailboxFolder, copy: Copy, begin: () => Promise<boolean>): Promise<void> {
  if (await folder.has(copy.messageIdHeader)) return
  // From now on a copy may appear.
  if (!(await begin())) throw new ClaimLost()
  await folder.append(copy.mime, copy.at, copy.flags)
}
