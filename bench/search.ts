import { parseArgs } from 'node:util'
import { startPostgres } from '../sandbox/postgres.ts'
import { startInstallation } from '../test/fixtures/installation.ts'
import { freePort } from '../test/harness/free-port.ts'
import { createTempDir } from '../test/harness/temp-dir.ts'
import { benchEnvironment } from './mail-sync/first-sync.ts'
import { compareWithNotmuch } from './search/against-notmuch.ts'
import { fillMailboxes } from './search/mailboxes.ts'
import { measureSearch } from './search/measure.ts'

/**
 * How soon things are found in a mailbox of 200,000 messages among a million of 100 owners, through the API of a node,
 * beside the bare SQL that finds no more than ids: `node bench/search.ts [--messages 1000000] [--mailbox 200000]
 * [--owners 100] [--runs 60] [--notmuch 20000]`; `--notmuch 0` leaves out the comparison with it.
 */
const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    mailbox: { type: 'string', default: '200000' },
    owners: { type: 'string', default: '100' },
    runs: { type: 'string', default: '60' },
    notmuch: { type: 'string', default: '20000' },
  },
})
const [total, large, owners, runs] = [values.messages, values.mailbox, values.owners, values.runs].map(Number)

const data = await createTempDir('bench-search')
const postgres = await startPostgres({
  ...{ dataDir: `${data.path}/postgres`, port: await freePort(), isDurable: false },
  settings: { max_connections: 100, shared_buffers: '2GB', max_wal_size: '8GB', effective_cache_size: '8GB' },
})
process.env.ULTI_TEST_PG_URL = postgres.url('postgres')
const installation = await startInstallation(benchEnvironment)
try {
  const node = await installation.node()
  const person = installation.person('searcher', node)
  await person.get('/api/v1/mail/folders')
  const { id: ownerId } = await installation.database.selectFrom('principal').select('id').executeTakeFirstOrThrow()
  console.log(`${total} messages of ${owners} owners, one with ${large}`)
  await installation.database.connection().execute((connection) =>
    fillMailboxes(connection as typeof installation.database, {
      ...{ ownerId, large: large ?? 0, total: total ?? 0, owners: owners ?? 1 },
    }),
  )
  await measureSearch(installation, { person, ownerId, url: postgres.url, runs: runs ?? 1 })
  if (Number(values.notmuch) > 0)
    await compareWithNotmuch(installation, node, { count: Number(values.notmuch), runs: runs ?? 1 })
} finally {
  await installation.close()
  await postgres.close()
  await data.remove()
}
