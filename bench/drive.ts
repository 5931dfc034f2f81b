import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startPostgres } from '../sandbox/postgres.ts'
import { xml, xmlDocument } from '../src/integrations/dav/xml.ts'
import { entryProps } from '../src/modules/drive/items/item.ts'
import { startInstallation } from '../test/fixtures/installation.ts'
import { startApache } from '../test/harness/apache.ts'
import { freePort } from '../test/harness/free-port.ts'
import { startNextcloud } from '../test/harness/nextcloud.ts'
import { createTempDir } from '../test/harness/temp-dir.ts'
import { median } from './harness/median.ts'
import { printVerdicts } from './harness/verdict.ts'

/**
 * Listing a folder of 1,000 against what servers take for the same (Apache's mod_dav, and the stand-in for Nextcloud), and
 * files through ultid against the same server without it: `node bench/drive.ts [--megabytes 256] [--runs 5] [--listings 30]
 * [--line 50]`. Files go as fast as the machine does it, of whose few cores client, server and ultid all have their share, and
 * over a line of so many megabytes a second, which is what a client has.
 */
const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '256' },
    runs: { type: 'string', default: '5' },
    listings: { type: 'string', default: '30' },
    line: { type: 'string', default: '50' },
  },
})
const bytes = Number(values.megabytes) * 1024 * 1024
const runs = Number(values.runs)
const listings = Number(values.listings)
const entries = 1000

const data = await createTempDir('bench')
const postgres = await startPostgres({ dataDir: join(data.path, 'postgres'), port: await freePort(), isDurable: true })
process.env.ULTI_TEST_PG_URL = postgres.url('postgres')
const [nextcloud, apache] = [await startNextcloud({ people: [{ uid: 'bob', password: 'bob' }] }), await startApache()]
const installation = await startInstallation({ ...nextcloud.settings, ULTID_RATE_LIMIT_PERSON: '1000000' })
const node = await installation.node({ roles: ['api'] })
const alice = installation.person('alice', node)
const basic = `Basic ${Buffer.from('bob:bob').toString('base64')}`
const drive = `${node.url}/api/v1/drive`
const bearer = `Bearer ${await alice.token()}`

type Sent = { url: string; method: string; headers: OutgoingHttpHeaders; body?: Readable | string; line?: number }

/** @returns milliseconds until all of the answer is there. */
async function send({ url, method, headers, body, line = noLine }: Sent): Promise<number> {
  const began = performance.now()
  const sent = request(url, { method, headers })
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>
  if (body instanceof Readable) body.pipe(sent)
  else sent.end(body)
  const [answer] = await answered
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    await pause(began, size, line)
  }
  if ((answer.statusCode ?? 500) >= 400) throw new Error(`${method} ${url} answered ${answer.statusCode}.`)
  return performance.now() - began
}

const piece = randomBytes(64 * 1024)
const noLine = Number.POSITIVE_INFINITY
/** When the line has carried so many bytes. */
const pause = (began: number, carried: number, line: number): Promise<void> | undefined => {
  const early = carried / line / 1000 - (performance.now() - began)
  return early > 5 ? delay(early) : undefined
}

const content = (line: number) =>
  Readable.from(
    (async function* () {
      const began = performance.now()
      for (let at = 0; at < bytes; at += piece.length) {
        await pause(began, at, line)
        yield piece
      }
    })(),
    { objectMode: false, highWaterMark: piece.length },
  )

async function compareListings(): Promise<void> {
  const names = Array.from(
    { length: entries },
    (_, n) => `${createHash('sha1').update(String(n)).digest('hex').slice(0, 12)} ${n}.txt`,
  )
  const { tree, blobs } = nextcloud.files
  const stored = await blobs.write(Readable.from([Buffer.from('x')]))
  await Promise.all(names.map((name) => writeFile(join(apache.root, name), 'x')))
  for (const owner of ['alice', 'bob']) {
    const folder = tree.add(tree.rootOf(owner), { name: 'many', isFolder: true })
    for (const name of names) tree.add(folder, { name, isFolder: false, ...stored })
  }
  const body = xmlDocument('d:propfind', {}, xml('d:prop', {}, ...entryProps.map((name) => xml(name))))
  const propfind = { method: 'PROPFIND', body }
  const headers = { depth: '1', 'content-type': 'application/xml' }
  let round = 0
  const ways: Record<string, () => Promise<Sent>> = {
    ultid: async () => ({
      ...{ url: `${drive}/items?path=/many&limit=1000`, method: 'GET' },
      headers: { authorization: bearer },
    }),
    'ultid, to who has it': async () => ({
      ...{ url: `${drive}/items?path=/many&limit=1000`, method: 'GET' },
      headers: { authorization: bearer, 'if-none-match': await versionOf('/many') },
    }),
    // Each time a page that this node has not put together before, as the first that is asked of a node.
    'ultid, a page anew': async () => ({
      ...{ url: `${drive}/items?path=/many&limit=${1000 - (++round % 100)}`, method: 'GET' },
      headers: { authorization: bearer },
    }),
    apache: async () => ({ ...propfind, url: `${apache.url}/`, headers }),
    nextcloud: async () => ({
      ...propfind,
      url: `${nextcloud.url}/remote.php/dav/files/bob/many/`,
      headers: { ...headers, authorization: basic },
    }),
  }
  const times = await alternate(ways, listings)
  for (const [way, ms] of Object.entries(times)) console.log(`  ${way.padEnd(20)} ${ms.toFixed(1)} ms`)
  const of = (way: string) => times[way] ?? Number.NaN
  printVerdicts(`Listing an unchanged folder of ${entries}`, [
    {
      what: 'time of ultid / of PROPFIND at the stand-in for Nextcloud',
      measured: of('ultid') / of('nextcloud'),
      unit: '×',
      atMost: 0.1,
    },
    {
      what: "time of ultid / of PROPFIND at Apache's mod_dav",
      measured: of('ultid') / of('apache'),
      unit: '×',
      atMost: 0.1,
    },
    {
      what: 'time of ultid / of PROPFIND at the stand-in, of a page that the node puts together',
      measured: of('ultid, a page anew') / of('nextcloud'),
      unit: '×',
      atMost: 0.2,
    },
    {
      what: 'time of ultid / of PROPFIND at Apache, to a client that has the listing',
      measured: of('ultid, to who has it') / of('apache'),
      unit: '×',
      atMost: 0.1,
    },
  ])
}

async function versionOf(path: string): Promise<string> {
  const answer = await fetch(`${drive}/items?path=${path}&limit=1000`, { headers: { authorization: bearer } })
  await answer.arrayBuffer()
  return answer.headers.get('etag') ?? ''
}

async function compareTransfers(line: number, name: string): Promise<void> {
  const to = {
    direct: async () => ({
      url: `${nextcloud.url}/remote.php/dav/files/bob/large.bin`,
      headers: { authorization: basic },
    }),
    ultid: async () => ({
      url: `${drive}/content/large.bin`,
      headers: { authorization: bearer },
    }),
  }
  const up = (peer: keyof typeof to) => async (): Promise<Sent> => {
    const { url, headers } = await to[peer]()
    return { url, method: 'PUT', headers: { ...headers, 'content-length': bytes }, body: content(line) }
  }
  const down = (peer: keyof typeof to) => async (): Promise<Sent> => ({ ...(await to[peer]()), method: 'GET', line })
  const times = {
    up: await alternate({ direct: up('direct'), ultid: up('ultid') }, runs),
    down: await alternate({ direct: down('direct'), ultid: down('ultid') }, runs),
  }
  const verdicts = Object.entries(times).map(([way, { direct = Number.NaN, ultid = Number.NaN }]) => {
    const speed = (ms: number) => `${(bytes / 1000 / ms).toFixed(0)} MB/s`
    console.log(`  ${way}: direct ${speed(direct)}, through ultid ${speed(ultid)}`)
    return { what: `time ${way} through ultid / direct`, measured: ultid / direct, unit: '×', atMost: 1 / 0.85 }
  })
  printVerdicts(`${values.megabytes} MB ${name}`, verdicts)
}

/** Each in turn, so that what disturbs one disturbs the others; the first round warms up. @returns medians. */
async function alternate(ways: Record<string, () => Promise<Sent>>, count: number): Promise<Record<string, number>> {
  const times: Record<string, number[]> = {}
  for (let round = 0; round <= count; round++) {
    for (const [way, make] of Object.entries(ways)) {
      const ms = await send(await make())
      if (round > 0) times[way] = [...(times[way] ?? []), ms]
    }
  }
  return Object.fromEntries(Object.entries(times).map(([way, all]) => [way, median(all)]))
}

try {
  await compareListings()
  await compareTransfers(Number(values.line), `over a line of ${values.line} MB/s`)
  await compareTransfers(noLine, 'within the machine')
} finally {
  await installation.close()
  await Promise.all([nextcloud.close(), apache.close(), postgres.close()])
  await data.remove()
}
process.exit(0)
