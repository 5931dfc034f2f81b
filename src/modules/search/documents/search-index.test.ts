import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { documentOf, openSearchIndex } from '../../../../test/fixtures/search-rows.ts'
import { fc } from '../../../../test/harness/properties.ts'
import { newId } from '../../../platform/ids.ts'

let world: Awaited<ReturnType<typeof openSearchIndex>>
before(async () => {
  world = await openSearchIndex()
})
after(() => world.close())

test('a document is found by its title, people, text, labels and name, and is handed out as it was put', async () => {
  const owner = newId()
  await world.put(
    documentOf(owner, {
      ...{ type: 'calendar.event', id: '/cal/1.ics', title: 'Réunion de chantier', text: 'Bring the plans' },
      people: [{ name: 'Zoë Quinn', email: 'zoe@cloudberry.example', role: 'from' }],
      ...{ labels: ['Travaux'], when: new Date('2026-05-01T08:00:00Z'), link: '/api/v1/calendar/events/cal/1.ics' },
      ...{ place: { calendar_id: 'work' }, filename: 'plan.dwg' },
    }),
  )
  for (const q of ['reunion', 'zoe', 'cloudberry', 'plans', 'travaux', 'plan.dwg', '"de chantier" quinn']) {
    assert.deepEqual(await world.titles(owner, q), ['Réunion de chantier'], q)
  }
  const person = { ownerId: owner, permissions: new Set(['calendar:read']) }
  const { items } = await world.search.find(person, { q: 'chantier', cursor: undefined, limit: 5 })
  const { id, ...hit } = items[0]?.hit ?? assert.fail()
  assert.match(id, /^[0-9a-f-]{36}$/)
  assert.deepEqual(hit, {
    ...{ type: 'calendar.event', resourceId: '/cal/1.ics', title: 'Réunion de chantier', text: 'Bring the plans' },
    who: { name: 'Zoë Quinn', email: 'zoe@cloudberry.example' },
    ...{ when: '2026-05-01T08:00:00.000000Z', link: '/api/v1/calendar/events/cal/1.ics' },
    place: { calendar_id: 'work' },
  })
})

test('putting again replaces what is found, twice in one call the last counts', async () => {
  const owner = newId()
  const document = documentOf(owner, { title: 'First draft' })
  await world.put(document)
  await world.put({ ...document, title: 'Second draft' }, { ...document, title: 'Third draft' })
  assert.deepEqual(await world.titles(owner, 'draft'), ['Third draft'])
})

test('what is removed, or rolled back, is not found', async () => {
  const owner = newId()
  const [kept, gone, inFolder] = [
    documentOf(owner, { title: 'kept lark' }),
    documentOf(owner, { title: 'gone lark' }),
    documentOf(owner, { title: 'folder lark', containers: [{ id: 'f1', name: 'Birds' }] }),
  ]
  await world.put(kept, gone, inFolder)
  await world.transact((tx) => world.index.remove(tx, owner, gone.type, [gone.id, 'not there']))
  assert.deepEqual(new Set(await world.titles(owner, 'lark')), new Set(['kept lark', 'folder lark']))
  await world.transact((tx) => world.index.removeAll(tx, owner, kept.type, 'f1'))
  assert.deepEqual(await world.titles(owner, 'lark'), ['kept lark'])
  const failing = world.transact(async (tx) => {
    await world.index.removeAll(tx, owner, kept.type)
    throw new Error('rolled back')
  })
  await assert.rejects(failing)
  assert.deepEqual(await world.titles(owner, 'lark'), ['kept lark'])
})

test('operators find by people, place, label, name, size, state, time and type', async () => {
  const owner = newId()
  await world.put(
    documentOf(owner, {
      ...{ title: 'Devis toiture', filename: 'devis.pdf', sizeBytes: 2_000_000, isStarred: true },
      containers: [
        { id: '7', name: 'École élémentaire' },
        { id: '1', name: 'Chantiers' },
      ],
      ...{ labels: ['À payer'], when: new Date('2025-02-01') },
    }),
    documentOf(owner, {
      ...{ type: 'calendar.event', title: 'Visite du toit', hasAttachments: true, when: new Date('2026-02-01') },
      people: [
        { name: 'Nora Roche', email: 'nora@roche.example', role: 'from' },
        { name: 'Émile', email: 'emile@example.test', role: 'to' },
      ],
    }),
  )
  const [file, event] = [['Devis toiture'], ['Visite du toit']]
  const cases: [q: string, found: string[]][] = [
    ['in:"ecole elementaire"', file],
    ['in:chantiers devis', file],
    ['label:a-payer', file],
    ['filename:pdf', file],
    ['larger:1M', file],
    ['smaller:1M', []],
    ['is:starred', file],
    ['is:unread', []],
    ['from:roche', event],
    ['to:emile', event],
    ['with:nora', event],
    ['cc:emile', []],
    ['has:attachment', event],
    ['after:2026', event],
    ['before:2026', file],
    ['type:event', event],
    ['subject:devis', file],
    ['-type:event -is:unread', file],
    ['toitures OR nora', [...event, ...file]],
  ]
  for (const [q, found] of cases) assert.deepEqual(await world.titles(owner, q), found, q)
})

test('a type is found with its module’s permission only', async () => {
  const owner = newId()
  await world.put(documentOf(owner, { type: 'contacts.contact', title: 'Ann Heron' }))
  assert.deepEqual(await world.titles(owner, 'heron', new Set(['drive:read', 'calendar:read'])), [])
  assert.deepEqual(await world.titles(owner, 'heron', new Set(['contacts:read'])), ['Ann Heron'])
})

test('anything that is put is stored: long, broken and strange texts', async () => {
  const owner = newId()
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 50 }),
    fc.constantFrom('x\0y', '\ud800', 'é'.repeat(300_000)),
  )
  await fc.assert(
    fc.asyncProperty(text, text, async (title, body) => {
      const place = { note: title }
      const labels = [title, body.slice(0, 20)]
      await world.put(
        documentOf(owner, {
          title,
          text: body,
          labels,
          place,
          filename: title,
          people: [{ name: title, email: body, role: 'to' }],
        }),
      )
    }),
    { numRuns: 15 },
  )
})

test('over any shares, somebody finds what is theirs or shared with them now, and never anything else', async () => {
  const types = ['drive.file', 'calendar.event'] as const
  const containers = ['a', 'b', 'c']
  const person = fc.integer({ min: 0, max: 3 })
  const container = fc.constantFrom(...containers)
  const type = fc.constantFrom(...types)
  const step = fc.oneof(
    fc.record({ kind: fc.constant('put'), owner: person, type, container, id: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ kind: fc.constant('remove'), owner: person, type, id: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ kind: fc.constant('share'), owner: person, reader: person, type, container }),
    fc.record({ kind: fc.constant('unshare'), owner: person, reader: person, type, container }),
    fc.record({ kind: fc.constant('unshareAll'), owner: person, type, container }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      const people = [newId(), newId(), newId(), newId()]
      const documents = new Map<string, { owner: number; type: string; container: string }>()
      const shares = new Set<string>()
      await world.transact(async (tx) => {
        for (const one of steps) {
          const ownerId = people[one.owner] ?? ''
          if (one.kind === 'put' && 'id' in one && 'container' in one) {
            const title = `common ${one.owner} ${one.type} ${one.id}`
            documents.set(title, one)
            const place = [{ id: one.container, name: one.container }]
            await world.index.put(tx, [
              documentOf(ownerId, { id: String(one.id), type: one.type, title, containers: place }),
            ])
          } else if ('id' in one) {
            documents.delete(`common ${one.owner} ${one.type} ${one.id}`)
            await world.index.remove(tx, ownerId, one.type, [String(one.id)])
          } else if ('reader' in one) {
            const grant = { ownerId, readerId: people[one.reader] ?? '', type: one.type, containerId: one.container }
            const key = [one.owner, one.type, one.container, one.reader].join()
            if (one.kind === 'share') shares.add(key)
            else shares.delete(key)
            await (one.kind === 'share' ? world.index.share(tx, grant) : world.index.unshare(tx, grant))
          } else {
            for (const reader of [0, 1, 2, 3]) shares.delete([one.owner, one.type, one.container, reader].join())
            await world.index.unshare(tx, { ownerId, type: one.type, containerId: one.container })
          }
        }
      })
      for (const [reader, readerId] of people.entries()) {
        const expected = [...documents]
          .filter(([, d]) => d.owner === reader || shares.has([d.owner, d.type, d.container, reader].join()))
          .map(([title]) => title)
        assert.deepEqual((await world.titles(readerId, 'common')).toSorted(), expected.toSorted())
        const ranked = await world.ranked(readerId, 'common')
        assert.deepEqual([ranked.titles.toSorted(), ranked.count], [expected.toSorted(), expected.length])
      }
    }),
    { numRuns: 30 },
  )
  const { rows } = await sql<{ count: number }>`select count(*) from search_grant`.execute(world.database)
  assert.ok((rows[0]?.count ?? 0) > 0)
})
