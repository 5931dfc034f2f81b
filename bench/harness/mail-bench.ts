import { chown, link, mkdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { startPostgres } from '../../sandbox/postgres.ts'
import { startDovecot } from '../../test/harness/dovecot.ts'
import { mailOwner } from '../../test/harness/dovecot-config.ts'
import type { MailUser } from '../../test/harness/dovecot-users.ts'
import { freePort } from '../../test/harness/free-port.ts'
import { startSmtpSink } from '../../test/harness/smtp-sink.ts'
import { createTempDir } from '../../test/harness/temp-dir.ts'
import type { Corpus } from './mail-corpus.ts'

export type MailBench = Awaited<ReturnType<typeof startMailBench>>
type Address = { host: string; port: number }

/**
 * The servers of a mail benchmark: a Dovecot with mailboxes of whole corpora, a submission server, and a PostgreSQL
 * that survives a power cut (fsync and synchronous_commit are on), on which `startInstallation` makes its databases.
 */
export async function startMailBench() {
  const data = await createTempDir('bench')
  const postgres = await startPostgres({
    dataDir: join(data.path, 'postgres'),
    port: await freePort(),
    isDurable: true,
    settings: { max_connections: 200 },
  })
  process.env.ULTI_TEST_PG_URL = postgres.url('postgres')
  const dovecot = await startDovecot()
  const submission = { username: 'submission@example.test', password: 'secret-of-submission' }
  const smtp = await startSmtpSink(submission)
  return {
    dovecot,
    /** The body of POST /accounts; IMAP at `imap`, in plain text. */
    accountOf: (user: MailUser, imap: Address = dovecot) => ({
      email: user.username,
      imap: { ...addressOf(imap), ...user, security: 'none' },
      smtp: { ...addressOf(smtp), ...submission, security: 'none' },
    }),
    /** A user whose INBOX holds the corpus; the files are linked, so that a mailbox costs no space. */
    async mailbox(name: string, corpus: Corpus, folder = ''): Promise<MailUser> {
      const user = dovecot.user(name)
      await linkCorpus(dovecot.maildirOf(user), folder, corpus)
      await warmUp(dovecot, user)
      return user
    },
    async close(): Promise<void> {
      await Promise.all([dovecot.close(), smtp.close(), postgres.close()])
      await data.remove()
    },
  }
}

const addressOf = ({ host, port }: Address) => ({ host, port })

async function linkCorpus(maildir: string, folder: string, { directory, names }: Corpus): Promise<void> {
  const place = join(maildir, folder)
  await mkdir(place, { recursive: true })
  for (const part of ['cur', 'new', 'tmp']) await mkdir(join(place, part))
  for (const name of names) await link(join(directory, name), join(place, 'cur', name))
  if (!mailOwner) return
  const { uid, gid } = mailOwner
  const owned = [join(maildir, '..'), maildir, place, ...['cur', 'new', 'tmp'].map((part) => join(place, part))]
  for (const path of owned) await chown(path, uid, gid)
}

/** A server that has had this mailbox for years knows its structure and has it in memory: so does ours. */
async function warmUp(server: Address, user: MailUser): Promise<void> {
  const items = 'FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (REFERENCES)]'
  for (const fetched of [items, 'BODY.PEEK[]', items]) await timeRawFetch(server, user, fetched)
}

/** Milliseconds until a client that only looks for the end of the answer has fetched `items` of all of INBOX. */
export function timeRawFetch({ host, port }: Address, user: MailUser, items: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    const commands = [`LOGIN ${user.username} ${user.password}`, 'SELECT INBOX', `FETCH 1:* (${items})`, 'LOGOUT']
    const startedAt = performance.now()
    let tail = ''
    let sent = -1
    const next = () => {
      const command = commands[++sent]
      if (command) socket.write(`a${sent} ${command}\r\n`)
    }
    socket.on('data', (chunk: Buffer) => {
      tail = (tail + chunk.subarray(-2000).toString('latin1')).slice(-2000)
      if (sent < 0 || new RegExp(`(^|\n)a${sent} OK[^\n]*\n$`).test(tail)) next()
      else if (new RegExp(`(^|\n)a${sent} (NO|BAD)`).test(tail)) socket.destroy(new Error(tail))
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(performance.now() - startedAt))
  })
}
