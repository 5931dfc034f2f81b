import { Readable } from 'node:stream'
import type { ImapFlow } from 'imapflow'
import { ZipFile } from 'yazl'
import type { ImapConnect } from '#integrations/imap/imap-connect.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { attachmentDisposition, harmlessName } from '#platform/http/content-disposition.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Connections } from '../accounts/connections.ts'
import { toUpstreamError } from '../source/upstream-error.ts'
import { type ExportPlace, exportFolder } from './export-folder.ts'
import type { ExportedFolder, ExportStore } from './export-store.ts'

export type ExportDeps = { store: ExportStore; connections: Connections; imapConnect: ImapConnect; log: Logger }

export type OpenExport = { stream: Readable; contentType: string; disposition: string }

/** Connections that one export may lose. */
const maxReconnects = 5

export type Exports = ReturnType<typeof createExports>

/** Folders and accounts as mbox, streamed from the mail server over a connection of their own while they are read. */
export function createExports(deps: ExportDeps) {
  const { store, connections, imapConnect, log } = deps

  async function connect(ownerId: string, mailAccountId: string, signal: AbortSignal): Promise<ImapFlow> {
    try {
      return await imapConnect(await connections.imapOf(ownerId, mailAccountId), { signal })
    } catch (error) {
      throw signal.aborted ? signal.reason : toUpstreamError(error)
    }
  }

  /** A folder's bytes; a connection that is lost is replaced, and the export goes on behind the last whole batch. */
  async function* bytesOf(ownerId: string, folder: ExportedFolder, session: Session): AsyncGenerator<Buffer> {
    const place: ExportPlace = { uidvalidity: 0, uid: 1 }
    for (;;) {
      let isMidway = false
      try {
        for await (const bytes of exportFolder(session.client, folder.path, place)) {
          isMidway = true
          yield bytes
          isMidway = false
        }
        return
      } catch (error) {
        // Half a batch cannot be taken back.
        if (isMidway || session.signal.aborted || session.client.usable || session.reconnects >= maxReconnects)
          throw error
        log.info({ folder_id: folder.id, err: error }, 'an export goes on over another connection')
        session.reconnects += 1
        session.client = await connect(ownerId, folder.mail_account_id, session.signal)
      }
    }
  }

  async function begin(ownerId: string, mailAccountId: string, signal: AbortSignal): Promise<Session> {
    return { client: await connect(ownerId, mailAccountId, signal), signal, reconnects: 0 }
  }

  return {
    /** @throws AppError `not_found`, `mail.folder_not_selectable`, `upstream_unavailable`, `upstream_timeout`. */
    async folder(ownerId: string, folderId: string, signal: AbortSignal): Promise<OpenExport> {
      const folder = await store.folder(ownerId, folderId)
      if (!folder) throw notFound('folder')
      if (!folder.is_selectable) throw notSelectable()
      const session = await begin(ownerId, folder.mail_account_id, signal)
      return {
        stream: closing(session, bytesOf(ownerId, folder, session)),
        contentType: 'application/mbox',
        disposition: attachmentDisposition(`${folder.name}.mbox`),
      }
    },

    /** A zip of an mbox file for each folder. @throws AppError as `folder` does. */
    async account(ownerId: string, mailAccountId: string, signal: AbortSignal): Promise<OpenExport> {
      const account = await store.account(ownerId, mailAccountId)
      if (!account) throw notFound('mail account')
      const folders = await store.folders(ownerId, mailAccountId)
      const session = await begin(ownerId, mailAccountId, signal)
      return {
        stream: closing(
          session,
          zipOf(folders, (folder) => bytesOf(ownerId, folder, session)),
        ),
        contentType: 'application/zip',
        disposition: attachmentDisposition(`${account.email}.zip`),
      }
    },
  }
}

type Session = { client: ImapFlow; signal: AbortSignal; reconnects: number }

/** The connection goes with the stream, however that ends. */
function closing(session: Session, bytes: AsyncIterable<Buffer>): Readable {
  const close = () => session.client.close()
  session.signal.addEventListener('abort', close, { once: true })
  return Readable.from(
    (async function* () {
      try {
        yield* bytes
      } finally {
        session.signal.removeEventListener('abort', close)
        close()
      }
    })(),
    { objectMode: false },
  )
}

/** Folders one after the other: an account has one connection for this. */
async function* zipOf(
  folders: readonly ExportedFolder[],
  bytesOf: (folder: ExportedFolder) => AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const zip = new ZipFile()
  const output = zip.outputStream as Readable
  zip.on('error', (error) => output.destroy(error))
  for (const [name, folder] of pathsOf(folders)) {
    zip.addReadStreamLazy(name, { mtime: new Date() }, (use) => {
      const stream = Readable.from(bytesOf(folder), { objectMode: false })
      stream.on('error', (error) => output.destroy(error))
      use(null, stream)
    })
  }
  zip.end()
  yield* output
}

/** `INBOX.mbox`, `Projects/2026.mbox`: folders of folders, each segment harmless, no two the same on any file system. */
export function pathsOf(folders: readonly ExportedFolder[]): [string, ExportedFolder][] {
  const taken = new Set<string>()
  return folders.map((folder) => {
    const segments = (folder.delimiter ? folder.path.split(folder.delimiter) : [folder.path]).map(harmlessName)
    for (let count = 1; ; count++) {
      const path = `${segments.join('/')}${count === 1 ? '' : ` (${count})`}.mbox`
      const key = path.normalize('NFC').toLowerCase()
      if (taken.has(key)) continue
      taken.add(key)
      return [path, folder]
    }
  })
}

const notSelectable = () =>
  new AppError('conflict', 'mail.folder_not_selectable', 'This folder holds no messages; export those within it.')
