import { Agent, get } from 'node:http'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { startPostgres } from '../sandbox/postgres.ts'
import { createMessageListStore } from '../src/modules/mail/reading/message-list-store.ts'
import { encodeCursor } from '../src/platform/http/cursor.ts'
import { startInstallation } from '../test/fixtures/installation.ts'
import { freePort } from '../test/harness/free-port.ts'
import { createTempDir } from '../test/harness/temp-dir.ts'
import { processorTimeOf } from './harness/process-time.ts'
import { printVerdicts } from './harness/verdict.ts'
import { fillMailbox } from './mail-reading/mailbox.ts'
import { benchEnvironment } from './mail-sync/first-sync.ts'
import { timed } from './search/timing.ts'

/**
 * How soon a page of 50 of a large folder is answered, in turns with its own SQL, prepared, on a connection that nobody
 * else uses; and a message whose body is here. `node bench/mail-reading.ts [--messages 200000] [--runs 300]`
 */
const { values } = parseArgs({
  options: { messages: { type: 'string', default: '200000' }, runs: { type: 'string', default: '300' } },
})
const [messages, runs] = [Number(values.messages), Number(values.runs)]

const data = await createTempDir('bench-reading')
const postgres = await startPostgres({ dataDir: data.path, port: await freePort(), isDurable: false })
process.env.ULTI_TEST_PG_URL = postgres.url('postgres')
const installation = await startInstallation(benchEnvironment)
const { database, issuer } = installation
const node = await installation.node({ roles: ['api'] })
const person = installation.person('reader', node)
await person.get('/api/v1/mail/folders')
const { id: ownerId } = await database.selectFrom('principal').select('id').executeTakeFirstOrThrow()
const startedAt = performance.now()
const { inbox, viewedIds, middleTime } = await fillMailbox(installation, ownerId, messages)
console.log(`${messages} messages, made in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)

const agent = new Agent({ keepAlive: true, maxSockets: 1 })
const headers = { authorization: `Bearer ${await issuer.token({ sub: 'reader' }, { expiresInSeconds: 3600 })}` }
/** Resolves when the whole answer is here. @throws Error unless it is a 200. */
const answered = (path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    get(new URL(path, node.url), { agent, headers }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${path} answered ${answer.statusCode}`))
      answer.resume().once('end', resolve).once('error', reject)
    }).once('error', reject)
  })

const { rows } = await database.executeQuery<{ name: string }>({
  ...database.selectNoFrom((eb) => eb.fn<string>('current_database').as('name')).compile(),
})
const pool = new pg.Pool({ connectionString: postgres.url(rows[0]?.name ?? ''), max: 1 })
const store = createMessageListStore(pool)
const walk = { folderIds: [inbox] }
/** One more than is shown tells whether there is another page. */
const bare = (after?: { receivedAt: string; messageId: string }) => store.list(ownerId, walk, { after, limit: 51 })
const newest = await bare()
const middle = { receivedAt: middleTime, messageId: newest[0]?.id ?? '' }
const list = `/api/v1/mail/messages?folder_id=${inbox}&limit=50`
const deep = `${list}&cursor=${encodeCursor([middle.receivedAt, middle.messageId])}`

const pages = await timed(
  {
    first: () => answered(list),
    firstBare: () => bare(),
    deep: () => answered(deep),
    deepBare: () => bare(middle),
  },
  runs,
)
for (const id of viewedIds) await answered(`/api/v1/mail/messages/${id}`)
let at = 0
const before = await processorTimeOf(node.pid)
const { view } = await timed(
  { view: () => answered(`/api/v1/mail/messages/${viewedIds[at++ % viewedIds.length]}`) },
  2 * runs,
)
const cost = ((await processorTimeOf(node.pid)) - before) / at
for (const [name, { p50, p95 }] of Object.entries({ ...pages, view }))
  console.log(`${name.padEnd(10)} p50 ${p50.toFixed(2)} ms, p95 ${p95.toFixed(2)} ms`)
console.log(`view       ${cost.toFixed(2)} ms of the node's processor time each`)
printVerdicts('Reading mail', [
  { what: 'first page, p50 against its SQL', measured: pages.first.p50 / pages.firstBare.p50, unit: '×', atMost: 3 },
  { what: 'a page further down', measured: pages.deep.p50 / pages.deepBare.p50, unit: '×', atMost: 3 },
  { what: 'a message with its body, p95', measured: view.p95, unit: 'ms', atMost: 15 },
])
await pool.end()
await installation.close()
await postgres.close()
await data.remove()
process.exit(0)
