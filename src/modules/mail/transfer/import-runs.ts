import type { ImapConnect } from '#integrations/imap/imap-connect.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { newId } from '#platform/ids.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Connections } from '../accounts/connections.ts'
import { appendMailEvents } from '../events.ts'
import type { Wake } from '../wake.ts'
import { letterEntries, type ReadEntry } from './import-batches.ts'
import type { ImportContent } from './import-content.ts'
import { importUpdated } from './import-events.ts'
import { type ImportFolder, importFolderAt } from './import-folder.ts'
import { enqueueImport } from './import-jobs.ts'
import { type ImportFailure, type ImportRef, type ImportRow, type ImportStep, importStore } from './import-store.ts'
import { importedMessageStore, type Target } from './imported-message-store.ts'

export type ImportRunDeps = {
  database: Database
  transact: Transact
  events: Events
  content: ImportContent
  connections: Connections
  imapConnect: ImapConnect
  wake: Wake
  log: Logger
  /** How long a run goes on before it lets others have their turn. */
  runMs?: number
}

/** How long nobody else touches an import after its worker was last heard of. */
const claimSeconds = 120
const maxAttempts = 8
const eventEveryMs = 2000

export type ImportRuns = ReturnType<typeof createImportRuns>

/**
 * Puts the messages of files into their folders, step by step: what is about to be put there is noted first, and how far
 * it is afterwards. Whoever dies in between leaves behind what is needed to find out what the server got.
 */
export function createImportRuns(deps: ImportRunDeps) {
  const { database, transact, events, content, log, runMs = 20_000 } = deps

  /** Works on an import for a while if nobody else does; safe to be called by many at once, and at any time. */
  async function run(ref: ImportRef): Promise<void> {
    const claim = newId()
    const row = await importStore.claim(database, ref, claim, claimSeconds)
    if (!row) return
    try {
      const isDone = await withFolder(row, (folder, target) => putThere({ row, claim, folder, target }))
      if (isDone !== undefined) await settle(ref, { claim, state: isDone ? 'done' : 'running' })
    } catch (error) {
      await fail(ref, row, claim, error)
    } finally {
      deps.wake.account(row.mail_account_id, 'sync')
    }
  }

  async function withFolder<T>(row: ImportRow, work: (folder: ImportFolder, target: Target) => Promise<T>): Promise<T> {
    const found = await importStore.target(database, row.owner_id, row.folder_id)
    if (!found) throw new AppError('conflict', 'mail.folder_gone', 'The folder is gone; import into another one.')
    if (!found.is_on_server) throw new Error('The folder is not made on its server yet.')
    const server = await deps.connections.imapOf(row.owner_id, row.mail_account_id)
    const client = await deps.imapConnect(server, { isForDownloads: true })
    try {
      const folder = importFolderAt(client, found.path)
      const ids = { ownerId: row.owner_id, mailAccountId: row.mail_account_id, folderId: row.folder_id }
      return await work(folder, { ...ids, ...(await folder.end()) })
    } finally {
      await client.logout().catch(() => client.close())
    }
  }

  type Run = { row: ImportRow; claim: string; folder: ImportFolder; target: Target }

  /** True when all of the file was read, false when there is more; undefined when it is no longer ours to go on. */
  async function putThere(run: Run): Promise<boolean | undefined> {
    const { row, claim } = run
    const ref = { ownerId: row.owner_id, id: row.id }
    await settleOpen(run)
    const until = Date.now() + runMs
    let toldAt = 0
    const entries = letterEntries(content.read(ref, row.read_bytes), { row, now: new Date() })
    for await (const batch of entries) {
      const step = await putBatch(run, batch)
      const isTold = Date.now() - toldAt >= eventEveryMs
      if (isTold) toldAt = Date.now()
      const advanced = await transact(async (tx) => {
        const updated = await importStore.advance(tx, ref, { claim, seconds: claimSeconds, step })
        if (updated && isTold) await appendMailEvents(events, tx, ref.ownerId, [importUpdated(updated)])
        return updated
      })
      if (!advanced) return undefined
      await content.drop(ref, step.readBytes)
      if (Date.now() >= until) return step.readBytes >= (row.size_bytes ?? 0)
    }
    return true
  }

  /** What was on its way when a worker died: the server says what it got. */
  async function settleOpen({ row, folder, target }: Run): Promise<void> {
    const open = await importedMessageStore.open(database, { ownerId: row.owner_id, id: row.id })
    if (open.length === 0) return
    const uids = await folder.findAppended(open)
    const found = open.flatMap(({ hash }, at) => ((uids[at] ?? null) === null ? [] : { hash, uid: uids[at] ?? null }))
    const lost = open.filter((_, at) => (uids[at] ?? null) === null).map(({ hash }) => hash)
    await transact(async (tx) => {
      await importedMessageStore.markDone(tx, target, found)
      await importedMessageStore.forget(tx, target, lost)
    })
  }

  async function putBatch({ row, folder, target }: Run, entries: readonly ReadEntry[]): Promise<ImportStep> {
    const failures: ImportFailure[] = entries.flatMap(({ failure }) => failure ?? [])
    const letters = entries.flatMap(({ letter, start }) => (letter ? { letter, start } : []))
    const candidates = letters.map(({ letter, start }) => ({
      ...{
        hash: letter.hash,
        position: start,
        messageIdHeader: letter.messageIdHeader,
        sizeBytes: letter.bytes.length,
      },
    }))
    const ref = { ownerId: row.owner_id, id: row.id }
    const { uidnext } = await folder.end()
    const verdicts = await transact((tx) => importedMessageStore.note(tx, ref, { ...target, uidnext }, candidates))
    const done: { hash: Buffer; uid: number | null }[] = []
    const refused: Buffer[] = []
    for (const [at, { letter, start }] of letters.entries()) {
      if (verdicts[at] !== 'new') continue
      const appended = await folder.append(letter)
      if ('uid' in appended) done.push({ hash: letter.hash, uid: appended.uid })
      else {
        refused.push(letter.hash)
        failures.push({ position: start, subject: letter.subject, reason: appended.refusal })
      }
    }
    await transact(async (tx) => {
      await importedMessageStore.markDone(tx, target, done)
      await importedMessageStore.forget(tx, target, refused)
    })
    return {
      readBytes: entries.at(-1)?.end ?? row.read_bytes,
      imported: done.length + verdicts.filter((verdict) => verdict === 'mine').length,
      skipped: verdicts.filter((verdict) => verdict === 'held').length,
      failures,
    }
  }

  async function settle(ref: ImportRef, settled: Parameters<typeof importStore.settle>[2]): Promise<void> {
    await transact(async (tx) => {
      const row = await importStore.settle(tx, ref, settled)
      if (!row) return
      if (row.state === 'running') await enqueueImport(tx, ref, settled.retryInSeconds)
      else await appendMailEvents(events, tx, ref.ownerId, [importUpdated(row)])
    })
    if (settled.state === 'done') await content.drop(ref, Number.MAX_SAFE_INTEGER)
  }

  /** Tried again after a while, unless it is for its owner to do something. */
  async function fail(ref: ImportRef, row: ImportRow, claim: string, error: unknown): Promise<void> {
    log.info({ import_id: row.id, err: error }, 'an import got stuck')
    const known = error instanceof AppError ? { code: error.code, message: error.message } : undefined
    const isForOwner = error instanceof AppError && error.kind === 'conflict'
    const state = isForOwner || row.attempts + 1 >= maxAttempts ? 'failed' : 'running'
    const unknown = {
      code: 'upstream_unavailable',
      message: 'The mail server did not take the messages; try again later.',
    }
    await settle(ref, { claim, state, error: known ?? unknown, retryInSeconds: Math.min(600, 5 * 2 ** row.attempts) })
  }

  return { run }
}
