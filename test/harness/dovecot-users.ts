import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ImapFlow } from 'imapflow'

export type MailUser = { username: string; password: string }

/** The users of a Dovecot whose passdb is a dictionary of files in `directory`. */
export function createUsers(directory: string) {
  const passwords = new Map<string, string>()

  function setPassword({ username }: { username: string }, password: string): MailUser {
    passwords.set(username, password)
    // A login at this moment must find the old password or the new one.
    const file = join(directory, username)
    writeFileSync(`${file}.new`, JSON.stringify({ password }))
    renameSync(`${file}.new`, file)
    return { username, password }
  }
  return {
    user(name: string): MailUser {
      const username = name.includes('@') ? name : `${name}@example.test`
      const password = passwords.get(username)
      return password === undefined ? setPassword({ username }, `secret-of-${name}`) : { username, password }
    },
    setPassword,
  }
}

export type DeliveryOptions = { flags?: string[]; receivedAt?: Date }

/** Files a message by APPEND (a missing folder is made) and answers its UID. Lone LF in strings become CRLF. */
export type Deliver = (
  user: MailUser,
  raw: string | Buffer,
  folder?: string,
  options?: DeliveryOptions,
) => Promise<number>

/** One connection per user, made again after the server was away. */
export function createDelivery(connectAs: (user: MailUser) => Promise<ImapFlow>): Deliver {
  const clients = new Map<string, Promise<ImapFlow>>()

  async function clientOf(user: MailUser): Promise<ImapFlow> {
    const known = await clients.get(user.username)
    if (known?.usable) return known
    const fresh = connectAs(user)
    clients.set(user.username, fresh)
    return fresh
  }
  return async (user, raw, folder = 'INBOX', { flags = [], receivedAt } = {}) => {
    const client = await clientOf(user)
    const message = typeof raw === 'string' ? Buffer.from(raw.replaceAll(/\r?\n/g, '\r\n')) : raw
    const append = () => client.append(folder, message, flags, receivedAt)
    const filed = await append().catch(async (error) => {
      if (error.serverResponseCode !== 'TRYCREATE') throw error
      await client.mailboxCreate(folder)
      return append()
    })
    if (!filed || filed.uid === undefined) throw new Error(`Dovecot did not take the message for ${folder}.`)
    return filed.uid
  }
}
