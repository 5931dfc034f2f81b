import { fork } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import pg from 'pg'
import { startPostgres } from '../sandbox/postgres.ts'
import { createMessageListStore } from '../src/modules/mail/reading/message-list-store.ts'
import { startInstallation } from '../test/fixtures/installation.ts'
import { freePort } from '../test/harness/free-port.ts'
import { createTempDir } from '../test/harness/temp-dir.ts'
import { readMessage } from './endpoints/read-message.ts'
import { startLoad } from './harness/load.ts'
import { median } from './harness/median.ts'
import { printVerdicts } from './harness/verdict.ts'
import { fillMailbox } from './mail-reading/mailbox.ts'
import { benchEnvironment } from './mail-sync/first-sync.ts'

/**
 * How many pages of 50 and how many messages a second are answered: by ultid, whose callers say who they are and see
 * only what is theirs; by bare Fastify, which sends what one query answers to whoever asks; and by that query alone. They take
 * turns by the second. `node bench/endpoints.ts [--messages 50000] [--runs 9]`
 */
const { values } = parseArgs({
  options: { messages: { type: 'string', default: '50000' }, runs: { type: 'string', default: '9' } },
})
const connections = 8
const seconds = 1

const data = await createTempDir('bench-endpoints')
const postgres = await startPostgres({ dataDir: data.path, port: await freePort(), isDurable: false })
process.env.ULTI_TEST_PG_URL = postgres.url('postgres')
const installation = await startInstallation(benchEnvironment)
const { database, issuer } = installation
const node = await installation.node({ roles: ['api'] })
const person = installation.person('reader', node)
await person.get('/api/v1/mail/folders')
const { id: ownerId } = await database.selectFrom('principal').select('id').executeTakeFirstOrThrow()
const { inbox, viewedIds } = await fillMailbox(installation, ownerId, Number(values.messages))
// Their HTML is cleaned once, when they are first looked at.
for (const id of viewedIds) await person.get(`/api/v1/mail/messages/${id}`)
const viewed = viewedIds[0] ?? ''

const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(database)
const databaseUrl = postgres.url(rows[0]?.name ?? '')
const pool = new pg.Pool({ connectionString: databaseUrl, max: connections })
const lists = createMessageListStore(pool)
const bare = fork(new URL('endpoints/bare-process.ts', import.meta.url), [databaseUrl, ownerId, inbox])
const [bareUrl] = await once(bare, 'message')
const token = await issuer.token({ sub: 'reader' }, { expiresInSeconds: 3600 })
const load = startLoad()
const answered = (url: string) =>
  load.requestsPerSecond({ url, headers: { authorization: `Bearer ${token}` }, connections, seconds })

/** How often a query is answered a second, asked by as many at once. */
async function queried(query: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  const until = startedAt + 1000 * seconds
  let count = 0
  const ask = async () => {
    for (; performance.now() < until; count++) await query()
  }
  await Promise.all(Array.from({ length: connections }, ask))
  return count / ((performance.now() - startedAt) / 1000)
}

const walk = { folderIds: [inbox] }
const endpoints = {
  'a page of 50': {
    ultid: () => answered(`${node.url}/api/v1/mail/messages?folder_id=${inbox}&limit=50`),
    bare: () => answered(`${bareUrl}/list`),
    query: () => queried(() => lists.list(ownerId, walk, { after: undefined, limit: 51 })),
    atLeast: { bare: 0.5, query: 0.4 },
  },
  'a message': {
    ultid: () => answered(`${node.url}/api/v1/mail/messages/${viewed}`),
    bare: () => answered(`${bareUrl}/messages/${viewed}`),
    query: () => queried(() => readMessage(pool, ownerId, viewed)),
    // A view asks four times, and says of each message whether its sender is who they seem to be.
    atLeast: { bare: 0.2, query: 0.1 },
  },
}
for (const [what, ways] of Object.entries(endpoints)) {
  const rates = { ultid: [] as number[], bare: [] as number[], query: [] as number[] }
  for (let run = -2; run < Number(values.runs); run++) {
    for (const way of ['ultid', 'bare', 'query'] as const) {
      const rate = await ways[way]()
      // The first ones are until all is compiled.
      if (run >= 0) rates[way].push(rate)
    }
  }
  const against = (way: 'bare' | 'query') =>
    median(rates.ultid.map((rate, run) => rate / (rates[way][run] ?? Number.NaN)))
  for (const [way, all] of Object.entries(rates))
    console.log(`${what}: ${way.padEnd(5)} ${Math.round(median(all))} a second`)
  printVerdicts(`Requests a second: ${what}`, [
    { what: 'of bare Fastify with one query', measured: against('bare'), unit: 'times', atLeast: ways.atLeast.bare },
    { what: 'of the query alone', measured: against('query'), unit: 'times', atLeast: ways.atLeast.query },
  ])
}
load.close()
bare.kill()
await pool.end()
await installation.close()
await postgres.close()
await data.remove()
process.exit(0)
