import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import type { startInstallation } from '../../test/fixtures/installation.ts'
import { insertAccount, insertFolder, insertMessage } from '../../test/fixtures/mailbox-rows.ts'
import { createTempDir } from '../../test/harness/temp-dir.ts'
import { createRandom, createWords } from '../harness/random.ts'
import { timed } from './timing.ts'

const run = promisify(execFile)
type Installation = Awaited<ReturnType<typeof startInstallation>>

/** The same messages in a mailbox of ours and in one that notmuch (Debian) has indexed. */
export async function compareWithNotmuch(
  installation: Installation,
  node: Parameters<Installation['person']>[1],
  { count, runs }: { count: number; runs: number },
): Promise<void> {
  if (!(await run('notmuch', ['--version']).catch(() => undefined))) return console.log('notmuch is not installed')
  const place = await createTempDir('bench-notmuch')
  const person = installation.person('reader', node)
  await person.get('/api/v1/mail/folders')
  const { database } = installation
  const { id: ownerId } = await database
    .selectFrom('principal')
    .select('id')
    .where('subject', '=', 'reader')
    .executeTakeFirstOrThrow()
  const account = await insertAccount(database, ownerId)
  const folderId = await insertFolder(database, account, { path: 'INBOX', role: 'inbox' })
  const random = createRandom(7)
  const word = createWords(random, 20_000)
  await mkdir(`${place.path}/mail/cur`, { recursive: true })
  await mkdir(`${place.path}/mail/new`)
  await mkdir(`${place.path}/mail/tmp`)
  for (let n = 0; n < count; n++) {
    const marks = [n % 2 === 0 ? 'evergreen' : '', n % 20 === 0 ? 'harbour' : '', n % 2000 === 0 ? 'pangolin' : '']
    const [subject, text] = [
      Array.from({ length: 6 }, word).join(' '),
      [...Array.from({ length: 80 }, word), ...marks].join(' '),
    ]
    const at = new Date(Date.UTC(2026, 0, 1) - n * 600_000)
    const header = `From: Ann <ann@example.test>\nTo: Bob <bob@example.test>\nSubject: ${subject}\nDate: ${at.toUTCString()}\nMessage-ID: <${n}@bench.test>`
    await writeFile(
      `${place.path}/mail/cur/${n}.bench:2,S`,
      `${header}\nContent-Type: text/plain; charset=utf-8\n\n${text}\n`,
    )
    await insertMessage(installation, account, { folderId, subject, text, receivedAt: at.toISOString() })
  }
  // As after a sync, which leaves no list of words that are still to be merged.
  await sql`vacuum analyze mail_search`.execute(database)
  const env = {
    ...process.env,
    NOTMUCH_CONFIG: `${place.path}/config`,
    MAILDIR: `${place.path}/mail`,
    HOME: place.path,
  }
  await writeFile(
    `${place.path}/config`,
    `[database]\npath=${place.path}/mail\n[user]\nname=a\nprimary_email=a@b.test\n[new]\ntags=\n`,
  )
  const startedAt = performance.now()
  await run('notmuch', ['new', '--quiet'], { env })
  console.log(`\nnotmuch indexed ${count} messages in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
  for (const q of ['evergreen', 'harbour', 'pangolin', 'evergreen harbour', '"evergreen harbour"']) {
    const path = `/api/v1/search?q=${encodeURIComponent(`${q} `)}&types=mail&facets=false`
    const times = await timed(
      {
        ours: () => person.get(path),
        notmuch: () => run('notmuch', ['search', '--limit=50', '--sort=newest-first', '--output=messages', q], { env }),
      },
      runs,
    )
    console.log(
      `  ${q.padEnd(22)} ours ${times.ours.p50.toFixed(1)}/${times.ours.p95.toFixed(1)} ms, notmuch with its start ${times.notmuch.p50.toFixed(1)}/${times.notmuch.p95.toFixed(1)} ms, ratio ${(times.ours.p50 / times.notmuch.p50).toFixed(2)}`,
    )
  }
  await place.remove()
}
