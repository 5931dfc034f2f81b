import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImapFlow } from 'imapflow'
import { type DovecotPlace, type DovecotStorage, hiding } from './dovecot-config.ts'
import { createServer, prepareFiles, raiseInotifyLimit } from './dovecot-server.ts'
import { createDelivery, createUsers, type Deliver, type MailUser } from './dovecot-users.ts'
import { freePort } from './free-port.ts'
import { connectImap } from './imap-client.ts'
import { createTempDir } from './temp-dir.ts'

export type DovecotOptions = {
  /** `maildir` by default. */
  storage?: DovecotStorage
  /** Capabilities that are no longer announced. Dovecot would still obey their commands. */
  withoutCapabilities?: string[]
  /** Accepts the access tokens of a provider as well: where it is asked about them (RFC 7662). */
  introspectionUrl?: string
  /** Top-level settings of dovecot.conf. */
  overrides?: Record<string, string>
}

/** A private Dovecot: plain text and STARTTLS on `port`, TLS on `tlsPort`, both on 127.0.0.1, self-signed. */
export type Dovecot = {
  host: string
  port: number
  tlsPort: number
  /** Where Postfix asks whether a password is right (Dovecot's own protocol). */
  authPort: number
  /** PEM, for a client that is to trust this server; valid for 127.0.0.1 and localhost. */
  certificate: string
  certificateFile: string
  /** What the server has logged; the newest 5,000 lines over all restarts. */
  logs: string[]
  /** Makes the user `name@example.test` on first sight, with INBOX, Drafts, Sent, Junk, Trash and Archive. */
  user(name: string): MailUser
  /** From now on only the new password is accepted; open sessions live on. */
  setPassword(user: MailUser, password: string): MailUser
  deliver: Deliver
  /** Another mail program of that user, logged in. Closed with the server at the latest. */
  connect(user: MailUser): Promise<ImapFlow>
  /** Runs `doveadm` and answers its standard output. */
  doveadm(...args: string[]): Promise<string>
  /** The directory with the user's messages; made by the user's first login or delivery. */
  maildirOf(user: MailUser): string
  /** Adds top-level settings and restarts. */
  configure(overrides: Record<string, string>): Promise<void>
  /** Stops in an orderly way if running, and starts on the same ports with the same mail. */
  restart(): Promise<void>
  /** kill -9 of the server and all its processes. `restart` brings it back. */
  kill(): Promise<void>
  /** Stops the server and removes its files. */
  close(): Promise<void>
}

/** @throws with the server's log when it does not come up within 10 s. */
export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  await raiseInotifyLimit()
  const { path: directory, remove } = await createTempDir('dovecot')
  const [port, tlsPort, authPort] = [await freePort(), await freePort(), await freePort()]
  const place: DovecotPlace = {
    directory,
    port,
    tlsPort,
    authPort,
    storage: options.storage ?? 'maildir',
    introspectionUrl: options.introspectionUrl,
  }
  const certificateFile = await prepareFiles(place)
  const server = createServer(place, { ...hiding(options.withoutCapabilities ?? []), ...options.overrides })
  await server.restart()

  const clients: ImapFlow[] = []
  const connect = async (user: MailUser) => {
    const client = await connectImap({ host: '127.0.0.1', port }, user)
    clients.push(client)
    return client
  }
  return {
    host: '127.0.0.1',
    port,
    tlsPort,
    authPort,
    certificate: await readFile(certificateFile, 'utf8'),
    certificateFile,
    ...server,
    ...createUsers(join(directory, 'users')),
    deliver: createDelivery(connect),
    connect,
    maildirOf: ({ username }) => join(directory, 'mail', username.slice(0, username.indexOf('@')), place.storage),
    async close() {
      for (const client of clients) client.close()
      await server.kill()
      await remove()
    },
  }
}
