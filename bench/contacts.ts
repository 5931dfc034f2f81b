import { parseArgs } from 'node:util'
import { startPostgres } from '../sandbox/postgres.ts'
import { contactRow } from '../src/modules/contacts/contact/contact-row.ts'
import { contactStore } from '../src/modules/contacts/contact/contact-store.ts'
import { summedUp } from '../src/modules/contacts/people/correspondence.ts'
import { correspondentStore } from '../src/modules/contacts/people/correspondent-store.ts'
import { startContactsApp } from '../test/fixtures/contacts-app.ts'
import { freePort } from '../test/harness/free-port.ts'
import { createTempDir } from '../test/harness/temp-dir.ts'
import { createRandom, createWords } from './harness/random.ts'
import { printVerdicts } from './harness/verdict.ts'

/**
 * How soon what somebody types of a name is completed, through the API of a node in this process, beside a request that
 * only asks who one is: `node bench/contacts.ts [--contacts 20000] [--runs 400]`
 */
const { values } = parseArgs({
  options: { contacts: { type: 'string', default: '20000' }, runs: { type: 'string', default: '400' } },
})
const [count, runs] = [Number(values.contacts), Number(values.runs)]
const random = createRandom(20_260_523)
const word = createWords(random, 6000)
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

const people = Array.from({ length: count }, (_, at) => {
  const [given, surname, company] = [capital(word()), capital(word()), word()]
  return { given, surname, company, email: `${given}.${surname}.${at}@${company}.example`.toLowerCase() }
})
type Person = (typeof people)[number]
const vcardOf = ({ given, surname, company, email }: Person, at: number) => {
  const lines = ['BEGIN:VCARD', 'VERSION:4.0', `UID:c${at}`, `FN:${given} ${surname}`, `N:${surname};${given};;;`]
  return [
    ...lines,
    `ORG:${capital(company)}`,
    `EMAIL:${email}`,
    `TEL:+33 1 ${String(at).padStart(8, '0')}`,
    'END:VCARD',
    '',
  ].join('\r\n')
}

const data = await createTempDir('bench-contacts')
const postgres = await startPostgres({ dataDir: `${data.path}/postgres`, port: await freePort(), isDurable: false })
process.env.ULTI_TEST_PG_URL = postgres.url('postgres')
// The books are compared once: it is what is kept that answers.
const app = await startContactsApp({ CONTACTS_CACHE_SECONDS: '86400', ULTID_RATE_LIMIT_READ: '1000000' })
const { database, transact } = app.app.platform

async function fill(): Promise<void> {
  await app.get('alice', '')
  const book = await database
    .selectFrom('contact_book')
    .select(['owner_id', 'id'])
    .where('name', '=', 'contacts')
    .executeTakeFirstOrThrow()
  for (let at = 0; at < people.length; at += 500) {
    const rows = people.slice(at, at + 500).map((person, n) => {
      const vcard = vcardOf(person, at + n)
      return contactRow({ object: `c${at + n}.vcf`, etag: `"${at + n}"`, vcard }, undefined)
    })
    const place = { ownerId: book.owner_id, bookId: book.id, revision: 1, isReread: false }
    await transact((tx) => contactStore.upsert(tx, place, rows))
  }
  const written = Array.from({ length: 5000 }, (_, at) => {
    const known =
      random() < 0.5
        ? pick(people)
        : { given: capital(word()), surname: capital(word()), email: `${word()}${at}@${word()}.example` }
    const writtenAt = new Date(Date.now() - random() * 700 * 86_400_000)
    return { id: String(at), writtenAt, people: [{ name: `${known.given} ${known.surname}`, email: known.email }] }
  })
  for (let at = 0; at < written.length; at += 500) {
    await transact((tx) => correspondentStore.add(tx, book.owner_id, summedUp(written.slice(at, at + 500))))
  }
  await database.connection().execute(async (connection) => {
    const { sql } = await import('kysely')
    await sql`vacuum analyze contact, contact_correspondent`.execute(connection)
  })
}

/** Beginnings of one to six letters, whole names, addresses, and one in ten mistyped. */
function typed(): string {
  const person = pick(people)
  const text = pick([person.given, person.surname, `${person.given} ${person.surname}`, person.email])
  const begun = text.slice(0, 1 + Math.floor(random() * Math.min(text.length, 14)))
  if (random() > 0.1 || begun.length < 4) return begun
  const at = 1 + Math.floor(random() * (begun.length - 2))
  return begun.slice(0, at) + pick(['x', 'q', '']) + begun.slice(at + 1)
}

async function latencies(path: () => string): Promise<number[]> {
  const headers = { authorization: `Bearer ${await app.token('alice')}` }
  const times: number[] = []
  for (let run = 0; run < runs + 50; run++) {
    const url = new URL(path(), app.url)
    const before = performance.now()
    const answer = await fetch(url, { headers })
    await answer.arrayBuffer()
    if (answer.status !== 200) throw new Error(`${url.pathname} answered ${answer.status}`)
    if (run >= 50) times.push(performance.now() - before)
  }
  return times.sort((a, b) => a - b)
}
const at = (times: readonly number[], part: number) => times[Math.floor(times.length * part)] ?? 0

try {
  await fill()
  const bare = await latencies(() => '/api/v1/account')
  const completing = await latencies(() => `/api/v1/contacts/autocomplete?q=${encodeURIComponent(typed())}`)
  const single = await latencies(() => `/api/v1/contacts/autocomplete?q=${pick([...'abcdefghimnoprstuv'])}`)
  const show = (name: string, times: readonly number[]) =>
    console.log(
      `${name}: p50 ${at(times, 0.5).toFixed(1)}, p95 ${at(times, 0.95).toFixed(1)}, p99 ${at(times, 0.99).toFixed(1)} ms`,
    )
  show('who one is', bare)
  show('completing', completing)
  show('completing one letter', single)
  printVerdicts(`Contacts, ${count} of one owner`, [
    { what: 'autocomplete, p95', measured: at(completing, 0.95), unit: 'ms', atMost: 20 },
    { what: 'autocomplete of one letter, p95', measured: at(single, 0.95), unit: 'ms', atMost: 20 },
    { what: 'that against who one is, p95', measured: at(completing, 0.95) / at(bare, 0.95), unit: 'times', atMost: 8 },
  ])
} finally {
  await app.close()
  await postgres.close()
  await data.remove()
}
process.exit(0)
