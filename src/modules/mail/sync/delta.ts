import type { ImapFlow } from 'imapflow'
import { collectVanished, type FlagRow, fetchFlags } from '#integrations/imap/imap-fetch.ts'
import { type MailboxSnapshot, searchUids } from '#integrations/imap/imap-mailbox.ts'
import { type AccountContext, announce } from './account-context.ts'
import { applyFlags } from './flag-apply.ts'
import { type Folder, folderStore } from './folder-store.ts'
import { hideVanished } from './vanished.ts'

export type DeltaOutcome = {
  folder: Folder
  /** Messages of the listed range that the store lacks. */
  unknown: number[]
  hasVanished: boolean
}

/** Flags that a server without mod-sequences is asked for in one pass; larger folders take turns. */
const flagWindow = 5_000
/** Changes since the last look beyond which the newest UIDs are asked about before the others. */
const longGap = 4_000n
const newestUids = 12_000

/**
 * Brings flags and presence of the listed messages (`backfill_low` ≤ UID < `uidnext`) up to the snapshot. The
 * mod-sequence of the snapshot is stored only after everything up to it is.
 */
export async function pullDelta(
  account: AccountContext,
  client: ImapFlow,
  folder: Folder,
  snapshot: MailboxSnapshot,
): Promise<DeltaOutcome> {
  const pull = createPull(account, client, folder)
  const since = usableModseq(folder, snapshot)
  if (since !== null && since === snapshot.highestModseq) {
    await pull.presenceIfCountDiffers(snapshot)
    return pull.outcome(folder)
  }
  if (since !== null) {
    for (const range of newestFirst(folder, snapshot, since)) {
      if (client.enabled.has('QRESYNC')) await pull.vanished(() => pull.flags(range, since))
      else await pull.flags(range, since)
    }
  } else {
    await pull.presence()
    await pull.flags(nextWindow(snapshot))
  }
  await pull.presenceIfCountDiffers(snapshot)
  const { highestModseq: highestmodseq } = snapshot
  await account.commit((tx) => folderStore.setCursor(tx, account.key, folder.id, { highestmodseq }))
  return pull.outcome({ ...folder, highestmodseq })
}

function createPull(account: AccountContext, client: ImapFlow, folder: Folder) {
  const { key } = account
  const low = folder.backfillLow ?? 1
  const below = folder.uidnext ?? 1
  const unknown = new Set<number>()
  let hasVanished = false

  async function apply(rows: FlagRow[]): Promise<void> {
    const known = rows.filter((row) => row.uid >= low && row.uid < below)
    if (known.length === 0) return
    const missing = await account.commit(async (tx) => {
      const applied = await applyFlags(tx, key, folder, known)
      await announce(account, tx, applied.events)
      return applied.unknown
    })
    for (const uid of missing) unknown.add(uid)
  }
  async function hide(uids: readonly number[]): Promise<void> {
    if (uids.length === 0) return
    hasVanished = true
    await account.commit(async (tx) => announce(account, tx, await hideVanished(tx, key, folder, uids)))
  }
  async function presence(): Promise<void> {
    const present = new Set(await searchUids(client, low, below))
    const stored = new Set(await folderStore.uids(account.database, key, folder))
    await hide([...stored].filter((uid) => uid >= low && uid < below && !present.has(uid)))
    for (const uid of present) if (!stored.has(uid)) unknown.add(uid)
  }
  return {
    presence,
    async flags(range: string, changedSince?: string): Promise<void> {
      for await (const rows of fetchFlags(client, range, { ...(changedSince && { changedSince }) })) await apply(rows)
    },
    async vanished(work: () => Promise<void>): Promise<void> {
      await hide(await collectVanished(client, { from: low, below }, work))
    },
    /** Catches what any extension of any server missed: once all is listed, the counts must agree. */
    async presenceIfCountDiffers(snapshot: MailboxSnapshot): Promise<void> {
      if (low > 1 || below !== snapshot.uidNext) return
      if ((await folderStore.messageCount(account.database, key, folder)) !== snapshot.exists) await presence()
    },
    outcome: (synced: Folder): DeltaOutcome => ({
      folder: synced,
      unknown: [...unknown].sort((a, b) => a - b),
      hasVanished,
    }),
  }
}

/** A mod-sequence ahead of the server's belongs to a lost past: everything is asked for then. */
function usableModseq(folder: Folder, snapshot: MailboxSnapshot): string | null {
  if (folder.highestmodseq === null || snapshot.highestModseq === null) return null
  return BigInt(folder.highestmodseq) <= BigInt(snapshot.highestModseq) ? folder.highestmodseq : null
}

/** After a long absence what a reader looks at first is brought up to date first; the rest follows. */
function newestFirst(folder: Folder, { uidNext, highestModseq }: MailboxSnapshot, since: string): string[] {
  const from = uidNext - newestUids
  const isLongAgo = BigInt(highestModseq ?? since) - BigInt(since) > longGap
  return isLongAgo && from > (folder.backfillLow ?? 1) ? [`${from}:*`, `1:${from - 1}`] : ['1:*']
}

/** The newest UIDs and, another one each minute, a window of the older ones. */
function nextWindow(snapshot: MailboxSnapshot): string {
  const newest = Math.max(1, snapshot.uidNext - flagWindow)
  if (newest === 1) return '1:*'
  const turn = Math.floor(Date.now() / 60_000) % Math.ceil((newest - 1) / flagWindow)
  const from = 1 + turn * flagWindow
  return `${from}:${Math.min(newest - 1, from + flagWindow - 1)},${newest}:*`
}
