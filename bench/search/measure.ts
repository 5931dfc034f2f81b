import { sql } from 'kysely'
import pg from 'pg'
import type { Person, startInstallation } from '../../test/fixtures/installation.ts'
import { printVerdicts, type Verdict } from '../harness/verdict.ts'
import { marks } from './mailboxes.ts'
import { type Timing, timed } from './timing.ts'

type Installation = Awaited<ReturnType<typeof startInstallation>>
type Case = { what: string; q: string; bare: string; more?: string; atMost: number }

const bareSql = `select message_id, received_at from mail_search where owner_id = $1 and words @@ $2::tsquery
  order by received_at desc, message_id desc limit 50`

const cases: Case[] = [
  ...one('word in half of all messages', marks.half),
  ...one('word in 5 %', marks.twentieth),
  ...one('word in 0.5 %', marks.twoHundredth),
  ...one('rare word', marks.rare),
  ...one('two common words', `${marks.half} ${marks.otherHalf}`),
  ...one('two words of 5 % and 0.5 %', `${marks.twentieth} ${marks.twoHundredth}`),
  phrase('phrase, common and common', marks.half, marks.otherHalf),
  phrase('phrase, common and 5 %', marks.otherHalf, marks.twentieth),
  // Stopped after 300 ms.
  { ...phrase('phrase that nobody wrote', marks.otherHalf, marks.half), atMost: 350 },
]

/** Each query through the API, in turns with the bare SQL that finds the ids of the newest fifty. */
export async function measureSearch(
  { database }: Installation,
  { person, ownerId, url, runs }: { person: Person; ownerId: string; url(database: string): string; runs: number },
): Promise<void> {
  const { rows } = await sql<{ name: string; folder: string }>`
    select current_database() as name, id as folder from mail_folder where owner_id = ${ownerId}`.execute(database)
  const client = new pg.Client(url(rows[0]?.name ?? ''))
  client.on('error', () => undefined)
  await client.connect()
  try {
    const list = `/api/v1/mail/messages?folder_id=${rows[0]?.folder}&limit=50`
    const verdicts: Verdict[] = []
    const add = (what: string, { p95 }: Timing, atMost: number) =>
      verdicts.push({ what, measured: p95, unit: 'ms p95', atMost })
    add('list page', (await timed({ list: () => person.get(list) }, runs)).list, 10)
    for (const { what, q, bare, more = '', atMost } of cases) {
      const path = `/api/v1/search?q=${encodeURIComponent(q)}&types=mail&facets=false${more}`
      const query = { name: 'bare', text: bareSql, values: [ownerId, bare] }
      const times = await timed({ api: () => person.get(path), bare: () => client.query(query) }, runs)
      const answer = await person.get<{ items: unknown[]; incomplete: unknown[] }>(path)
      const end = answer.incomplete.length > 0 ? ', and says that there may be more' : ''
      console.log(`  ${what.padEnd(42)} ${besides(times.api, times.bare)}; ${answer.items.length} hits${end}`)
      add(what, times.api, atMost)
    }
    const facets = `/api/v1/search?q=${marks.twentieth}&types=mail`
    const faceted = await timed(
      { with: () => person.get(facets), bare: () => person.get(`${facets}&facets=false`) },
      runs,
    )
    console.log(`  facets beside the page alone               ${besides(faceted.with, faceted.bare)}`)
    const typed = '/api/v1/search/suggestions?q=per'
    add('suggestions', (await timed({ typed: () => person.get(typed) }, runs)).typed, 30)
    printVerdicts('Search', verdicts)
  } finally {
    await client.end()
  }
}

const besides = (ours: Timing, theirs: Timing): string =>
  `${shown(ours)} ms, beside ${shown(theirs)}, ratio ${(ours.p50 / theirs.p50).toFixed(1)}`

const shown = ({ p50, p95 }: Timing) => `${p50.toFixed(1)}/${p95.toFixed(1)}`

/** Newest first, and by relevance. */
function one(what: string, q: string): Case[] {
  const bare = q
    .split(' ')
    .map((word) => `'${word}'`)
    .join(' & ')
  return [
    { what: `${what}, newest first`, q, bare, atMost: 15 },
    { what: `${what}, by relevance`, q, bare, more: '&sort=relevance', atMost: 30 },
  ]
}

function phrase(what: string, first: string, second: string): Case {
  return { what, q: `"${first} ${second}"`, bare: `'${first}' <-> '${second}'`, atMost: 120 }
}
