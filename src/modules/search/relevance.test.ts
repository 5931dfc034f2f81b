import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { simpleParser } from 'mailparser'
import { pino } from 'pino'
import { demoMailbox } from '../../../sandbox/mailbox/index.ts'
import { insertAccount, insertFolder, insertMessage, insertOwner } from '../../../test/fixtures/mailbox-rows.ts'
import { openTestDatabase } from '../../../test/harness/open-database.ts'
import { createMailSearchSource } from '../mail/search/search-source.ts'
import { createMailSearchStore } from '../mail/search/search-store.ts'
import { createSearch, type Search } from './search.ts'

/** What a person expects of a search by relevance, on the mail of the sandbox: a year of a school's head. */

const now = new Date('2026-05-23T09:00:00Z')
let opened: Awaited<ReturnType<typeof openTestDatabase>>
let ownerId: string
let search: Search

before(async () => {
  opened = await openTestDatabase()
  ownerId = await insertOwner(opened.database)
  const account = await insertAccount(opened.database, ownerId)
  const folderId = await insertFolder(opened.database, account, { path: 'INBOX', role: 'inbox' })
  for (const { raw, internalDate, folder } of demoMailbox('alice', now)) {
    if (folder === 'Junk' || folder === 'Trash') continue
    const letter = await simpleParser(raw, { skipImageLinks: true })
    const [from] = letter.from?.value ?? []
    await insertMessage(opened, account, {
      ...{ folderId, subject: letter.subject ?? '', text: letter.text ?? '', receivedAt: internalDate.toISOString() },
      from: { name: from?.name ?? '', email: from?.address ?? '' },
    })
  }
  const source = createMailSearchSource({
    store: createMailSearchStore(opened.transact),
    readableBy: async (personId) => [personId],
  })
  search = createSearch({ sources: [source], log: pino({ level: 'silent' }), now: () => now })
})
after(() => opened.close())

async function best(q: string): Promise<string[]> {
  const person = { ownerId, permissions: new Set(['mail:read']) }
  const { items } = await search.find(person, { q, sort: 'relevance', cursor: undefined, limit: 3 })
  return items.map(({ hit }) => hit.title)
}

/** Each with what the subject of the first hit must say. */
const firsts: [q: string, subject: RegExp][] = [
  ['photocopieur', /Photocopieur/],
  ['photocopieurs', /Photocopieur/],
  ['factures papeterie', /Facture .* Papeterie Duval/],
  ['facture papeterie duval', /Facture .* Papeterie Duval/],
  ['cantine', /cantine/],
  ['effectif cantine', /Effectifs de cantine/],
  ['malade', /malade/],
  ['fuites salle', /Fuite salle/],
  ['inscription confirmee', /Inscription confirmée/],
  ['commandes expediees', /commande .* expédiée/],
  ['extincteur', /extincteurs/],
  ['photos promenade', /Photo de la promenade/],
  ['volontaires sortie', /Volontaire pour la sortie/],
  ['potager', /potager/],
  ['subject:cheville', /Cheville/],
  ['laptop', /Laptops/],
  ['moving mail server', /Moving the school to the new mail server/],
  ['"new mail server" plan', /Moving the school/],
  ['outages', /Short outage/],
  ['slug', /Slugs/],
  ['shared calendar', /shared calendars/],
  ['visits of teachers', /Visit of \d+ teachers/],
  ['tomato', /Tomatoes/],
  ['music teachers villages', /music teacher/],
  ['reading weeks', /Reading week/],
  ['pen pal', /Pen pals/],
  ['Turnhalle', /Turnhalle/],
]

/** Each with what the subject of one of the first three must say. */
const thirds: [q: string, subject: RegExp][] = [
  ['objets perdus', /Objet perdu/],
  ['absences', /Absence/],
  ['remplacement', /Remplacement/],
  ['autocars', /autocar/],
  ['fete', /fête/],
  ['rendez-vous', /rendez-vous/],
  ['demandes rendez-vous', /rendez-vous/],
  ['bibliotheque', /Bibliothèque/],
  ['recreation', /Récréation/],
  ['manuels scolaires', /manuels scolaires/],
  ['workshop places', /place at the workshop/],
  ['seed swaps', /Seed swap/],
  ['teacher', /teacher/],
]

test('what a subject is about comes first, in French and English and in any form of its words', async () => {
  const wrong: string[] = []
  for (const [q, subject] of firsts) {
    const titles = await best(q)
    if (!subject.test(titles[0] ?? '')) wrong.push(`${q}: ${titles.join(' | ')}`)
  }
  for (const [q, subject] of thirds) {
    const titles = await best(q)
    if (!titles.some((title) => subject.test(title))) wrong.push(`${q}: ${titles.join(' | ')}`)
  }
  assert.deepEqual(wrong, [])
})

test('a typing error finds what was meant', async () => {
  for (const [typed, subject] of [
    ['photocopeiur', /Photocopieur/],
    ['extincetur', /extincteurs/],
    ['laptosp', /Laptops/],
  ] as const) {
    assert.match((await best(typed))[0] ?? '', subject, typed)
  }
})
