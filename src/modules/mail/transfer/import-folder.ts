import type { ImapFlow } from 'imapflow'
import { AppError } from '#platform/errors.ts'
import type { ImportedLetter } from './imported-letter.ts'
import type { OpenMessage } from './imported-message-store.ts'

/** Where a folder's next message will lie (RFC 3501 §2.3.1.1). */
export type FolderEnd = { uidvalidity: number; uidnext: number }

export type ImportFolder = ReturnType<typeof importFolderAt>

/** What the server said of one message: where it lies now, or why it did not take it. */
export type Appended = { uid: number | null } | { refusal: string }

/** A folder on its server, for who puts messages into it. */
export function importFolderAt(client: ImapFlow, path: string) {
  return {
    /** @throws AppError `mail.folder_gone` for a folder that the server no longer has. */
    async end(): Promise<FolderEnd> {
      const status = await client.status(path, { uidNext: true, uidValidity: true }).catch((error) => {
        throw isRefusal(client, error) ? folderGone(error) : error
      })
      if (!status) throw folderGone(undefined)
      return { uidvalidity: Number(status.uidValidity), uidnext: Number(status.uidNext) }
    },

    /**
     * @throws AppError `mail.mailbox_full`, `mail.folder_gone`: no other message would fare better. What the connection
     *   throws: nobody knows then whether the message is there.
     */
    async append(letter: ImportedLetter): Promise<Appended> {
      const appended = await appendOnce(client, path, letter)
      const flags = letter.flags.filter((flag) => flag.startsWith('\\'))
      if ('uid' in appended || flags.length === letter.flags.length) return appended
      // Some servers refuse keywords that they do not know.
      return appendOnce(client, path, { ...letter, flags })
    },

    /**
     * Which of these the server got before it was known: its UID, or null when it is not there. Each message of the
     * folder stands for one of them.
     */
    async findAppended(open: readonly OpenMessage[]): Promise<(number | null)[]> {
      const mailbox = await client.mailboxOpen(path, { readOnly: true })
      const from = Math.min(...open.map(({ uidnext }) => uidnext))
      const isSameEpoch = open.every(({ uidvalidity }) => uidvalidity === Number(mailbox.uidValidity))
      const newer = isSameEpoch ? await messagesFrom(client, from) : []
      return open.map(({ message_id_header, size_bytes, uidnext }) => {
        const at = newer.findIndex(
          ({ uid, size, messageId }) =>
            uid >= uidnext && (message_id_header ? messageId === message_id_header : size === size_bytes && !messageId),
        )
        return at < 0 ? null : (newer.splice(at, 1)[0]?.uid ?? null)
      })
    },
  }
}

async function appendOnce(client: ImapFlow, path: string, letter: ImportedLetter): Promise<Appended> {
  try {
    const appended = await client.append(path, letter.bytes, letter.flags, letter.receivedAt)
    if (!appended) throw new Error('The connection ended before the message was taken.')
    return { uid: appended.uid ?? null }
  } catch (error) {
    const { serverResponseCode = '', responseText } = error as { serverResponseCode?: string; responseText?: string }
    if (/^APPENDLIMIT$/i.test(serverResponseCode)) return { refusal: 'It is larger than the mail server takes.' }
    if (!isRefusal(client, error)) throw error
    // RFC 9208 §4.3, RFC 3501 §7.1.
    if (/^OVERQUOTA$/i.test(serverResponseCode) || /quota/i.test(responseText ?? '')) throw mailboxFull(error)
    if (/^TRYCREATE$/i.test(serverResponseCode)) throw folderGone(error)
    return { refusal: `The mail server did not take it: ${(responseText ?? 'no reason given').slice(0, 200)}` }
  }
}

async function messagesFrom(client: ImapFlow, from: number) {
  const found: { uid: number; size: number; messageId: string | undefined }[] = []
  for await (const { uid, size = 0, envelope } of client.fetch(
    `${from}:*`,
    { uid: true, size: true, envelope: true },
    { uid: true },
  )) {
    // `n:*` always answers the last message, whatever its UID (RFC 3501 §6.4.8).
    if (uid >= from) found.push({ uid, size, messageId: /<[^<>\s]+>/.exec(envelope?.messageId ?? '')?.[0] })
  }
  return found
}

/** An answer of a server that is still there, rather than a lost connection. */
const isRefusal = (client: ImapFlow, error: unknown): boolean =>
  client.usable && Boolean((error as { responseStatus?: string }).responseStatus)

const mailboxFull = (cause: unknown) =>
  new AppError('conflict', 'mail.mailbox_full', 'The mailbox is full; make room and resume the import.', { cause })

const folderGone = (cause: unknown) =>
  new AppError('conflict', 'mail.folder_gone', 'The mail server no longer has the folder; import into another one.', {
    cause,
  })
