import { buffer } from 'node:stream/consumers'
import { profileOf } from '#integrations/imap/provider-profiles.ts'
import type { Database } from '#platform/database/database.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Wake } from '../wake.ts'
import { keepingClaim, newClaim } from './claim-keeper.ts'
import { type SentRow, sentCopyStore } from './sent-copy-store.ts'
import type { SentFolder, WithSentFolder } from './sent-folder.ts'
import type { Claim, OutboxRef } from './transmission-store.ts'

export type SentCopyDeps = {
  database: Database
  objects: Objects
  withSentFolder: WithSentFolder
  wake: Wake
  log: Logger
  claimSeconds: number
}

/**
 * Files a copy of what was sent in the account's Sent folder: a step of its own, which never makes a message sent
 * twice. The folder is searched first each time, so that neither a repetition nor a server that files copies by itself
 * makes two.
 */
export function createSentCopies(deps: SentCopyDeps) {
  const { database, claimSeconds } = deps
  return {
    /** Files a copy if one is due; safe to be called by many at once, and at any time. */
    async file(ref: OutboxRef): Promise<void> {
      const claim = newClaim(ref)
      const row = await sentCopyStore.claim(database, claim, claimSeconds)
      if (row) await keepingClaim(deps, claim, () => fileClaimed(deps, claim, row))
    },
  }
}

async function fileClaimed(deps: SentCopyDeps, claim: Claim, row: SentRow): Promise<void> {
  const { database, log } = deps
  // Its copy appears some seconds later, too late for a search to see it.
  if (profileOf(row.smtp_host).filesSentCopies) return void (await sentCopyStore.setState(database, claim, 'skipped'))
  try {
    const state = await deps.withSentFolder(row.owner_id, row.mail_account_id, async (folder) =>
      folder ? putInto(deps, claim, row, folder) : 'skipped',
    )
    await sentCopyStore.setState(database, claim, state)
    if (state === 'skipped') log.info({ outbox_id: row.id }, 'the account has no Sent folder; no copy is filed')
    else deps.wake.account(row.mail_account_id, 'sent')
  } catch (error) {
    log.info({ outbox_id: row.id, err: error }, 'the copy for Sent could not be filed')
    if (row.is_overdue) await sentCopyStore.setState(database, claim, 'skipped')
    // As long again as it has been tried already: half a minute at first, an hour at last.
    await sentCopyStore.release(database, claim, Math.min(Math.max(row.age_seconds, 30), 3600))
  }
}

async function putInto(
  deps: SentCopyDeps,
  claim: Claim,
  row: SentRow,
  folder: SentFolder,
): Promise<'done' | 'skipped'> {
  if (await folder.has(row.message_id_header)) return 'done'
  const mime = await deps.objects.get(row.mime_object)
  if (!mime) return 'skipped'
  const bytes = await buffer(mime.content)
  // Lost claims end here: from now on a copy may appear.
  if (!(await sentCopyStore.setState(deps.database, claim, 'appending'))) throw new Error('the claim was lost')
  await folder.append(bytes, row.sent_at)
  return 'done'
}
