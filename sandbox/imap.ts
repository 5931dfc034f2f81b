import type { Socket } from 'node:net'
import { createSaver } from './files.ts'
import { condstore } from './imap/condstore.ts'
import { fetchCommands } from './imap/fetch.ts'
import { createHoodiecrow, type Hoodiecrow, type NewMailbox } from './imap/hoodiecrow.ts'
import { idle, repairs } from './imap/repairs.ts'
import { createMailboxState, type SavedFolder } from './imap/state.ts'
import { storeCommands } from './imap/store.ts'

export type SeedMessage = { folder: string; flags: string[]; internalDate: Date; raw: Buffer }

export type ImapOptions = {
  port: number
  user: string
  password: string
  /** Folders, messages, flags, UIDs and mod-sequences are kept here. */
  stateDir: string
  /** What a mailbox holds that never existed before. */
  seed?: () => Promise<SeedMessage[]>
}

const standardFolders: { path: string; specialUse?: string }[] = [
  { path: 'INBOX' },
  { path: 'Drafts', specialUse: '\\Drafts' },
  { path: 'Sent', specialUse: '\\Sent' },
  { path: 'Archive', specialUse: '\\Archive' },
  { path: 'Junk', specialUse: '\\Junk' },
  { path: 'Trash', specialUse: '\\Trash' },
  { path: 'Projects' },
]

/**
 * The IMAP server of one user, on 127.0.0.1 and without TLS. Everything survives a restart; after an unclean stop every
 * folder gets a new UIDVALIDITY, because UIDs that were given out may have been lost (RFC 3501 §2.3.1.1).
 */
export async function startImap({ port, user, password, stateDir, seed }: ImapOptions) {
  const state = createMailboxState(stateDir)
  const saved = await state.load()
  const server = createServer({ user, password, saved })
  if (!saved && seed) for (const message of await seed()) addSeed(server, message)
  await state.save(snapshot(server), { isClean: false })

  const saver = createSaver(() => state.save(snapshot(server), { isClean: false }), 200)
  onChange(server, saver.schedule)
  const sockets = trackSockets(server)
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    /** Puts a message into INBOX, as new mail; `raw` is kept byte for byte. */
    deliver: (raw: Buffer) => addSeed(server, { folder: 'INBOX', flags: [], internalDate: new Date(), raw }),

    async close() {
      await new Promise<void>((resolve) => {
        server.close(resolve)
        for (const socket of sockets) {
          socket.write('* BYE The sandbox stops\r\n')
          socket.destroySoon()
        }
      })
      await saver.flush()
      await state.save(snapshot(server), { isClean: true })
    },
  }
}

type Saved = { isClean: boolean; folders: SavedFolder[] }

function createServer({ user, password, saved }: { user: string; password: string; saved: Saved | undefined }) {
  const known = saved?.folders ?? []
  let lastUidValidity = Math.max(0, ...known.map(({ uidvalidity }) => uidvalidity))
  const nextUidValidity = () => {
    lastUidValidity = Math.max(lastUidValidity + 1, Math.floor(Date.now() / 1000))
    return lastUidValidity
  }
  const restored = known.map((folder) => (saved?.isClean ? folder : { ...folder, uidvalidity: nextUidValidity() }))
  const fresh = standardFolders.map((folder) => ({ ...emptyFolder, ...folder, uidvalidity: nextUidValidity() }))
  const folders: SavedFolder[] = saved ? restored : fresh
  const server = createHoodiecrow({
    plugins,
    id: { name: 'Ulti sandbox' },
    users: { [user]: { password } },
    storage: {
      INBOX: toMailbox(folders.find(({ path }) => path === 'INBOX')),
      '': { folders: {}, separator: '/', type: 'personal' },
    },
  })
  server.setMaxListeners(0)
  // The package gives every new mailbox UIDVALIDITY 1, also one that replaces a deleted one of the same name.
  const process = server.processMailbox.bind(server)
  server.processMailbox = (path, mailbox, namespace) => {
    mailbox.uidvalidity ||= nextUidValidity()
    mailbox.HIGHESTMODSEQ ||= 1
    process(path, mailbox, namespace)
  }
  for (const folder of folders.toSorted((a, b) => a.path.length - b.path.length)) {
    if (folder.path !== 'INBOX') server.createMailbox(folder.path, toMailbox(folder))
  }
  return server
}

const emptyFolder = { subscribed: true, uidnext: 1, HIGHESTMODSEQ: 1, messages: [], isSelectable: true }

const plugins = [
  ...['id', 'literalplus', 'namespace', 'special-use', 'create-special-use', 'move', 'unselect', 'uidplus'],
  ...[fetchCommands, storeCommands, condstore, idle, repairs],
]

function toMailbox(folder: SavedFolder | undefined): NewMailbox {
  if (!folder) return {}
  const { specialUse, isSelectable, path: _path, ...rest } = folder
  return { ...rest, flags: isSelectable ? [] : ['\\Noselect'], ...(specialUse && { 'special-use': specialUse }) }
}

function snapshot(server: Hoodiecrow): SavedFolder[] {
  return Object.values(server.folderCache).map((mailbox) => {
    const { path, subscribed, uidvalidity, uidnext, HIGHESTMODSEQ, messages, flags } = mailbox
    const isSelectable = !flags.includes('\\Noselect')
    const [specialUse] = [mailbox['special-use'] ?? []].flat()
    const kept = { path, subscribed, uidvalidity, uidnext, HIGHESTMODSEQ, messages, isSelectable }
    return specialUse ? { ...kept, specialUse } : kept
  })
}

function addSeed(server: Hoodiecrow, { folder, flags, internalDate, raw }: SeedMessage) {
  if (!server.getMailbox(folder)) server.createMailbox(folder)
  const mailbox = server.getMailbox(folder)
  if (!mailbox) throw new Error(`No folder ${folder}`)
  server.appendMessage(mailbox, [...flags], server.formatInternalDate(internalDate), raw.toString('latin1'))
}

/** Every change of a message is notified to the sessions that have its mailbox open. */
function onChange(server: Hoodiecrow, changed: () => void) {
  const notify = server.notify.bind(server)
  server.notify = (response, mailbox, except) => {
    changed()
    notify(response, mailbox, except)
  }
  server.outputHandlers.push((_connection, _response, description) => {
    if (/^(CREATE|DELETE|RENAME|SUBSCRIBE|UNSUBSCRIBE)$/.test(description)) changed()
  })
}

function trackSockets(server: Hoodiecrow): Set<Socket> {
  const sockets = new Set<Socket>()
  server.connectionHandlers.push(({ socket }) => {
    if (!socket) return
    sockets.add(socket)
    // An answer is several small writes: Nagle's algorithm would hold each but the first back for 40 ms.
    socket.setNoDelay(true)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}
