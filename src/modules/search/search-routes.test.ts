import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../test/fixtures/mailbox-app.ts'
import { insertFolder } from '../../../test/fixtures/mailbox-rows.ts'
import { fc } from '../../../test/harness/properties.ts'

let app: MailboxApp
let alice: MailboxOwner
let bob: MailboxOwner

before(async () => {
  app = await startMailboxApp()
  alice = await app.mailboxOf('alice')
  bob = await app.mailboxOf('bob')
})
after(() => app.close())

const search = (q: string, more = '', as = 'alice') =>
  app.request('GET', `/api/v1/search?q=${encodeURIComponent(q)}${more}`, { as })

async function idsOf(q: string, as = 'alice'): Promise<string[]> {
  const { status, body } = await search(q, '', as)
  assert.equal(status, 200, q)
  return body.items.map((item: { id: string }) => item.id)
}

test('a hit tells what it is, where it lies and what matched, in plain text', async () => {
  const id = await app.addMessage(alice, {
    folderId: alice.inbox,
    subject: 'Minutes',
    text: 'We met in the <b>Café Olé</b> & agreed.',
    receivedAt: '2026-03-01T10:00:00.123456Z',
  })
  const { body } = await search('cafe ole')
  assert.deepEqual(body, {
    items: [
      {
        type: 'mail.message',
        id,
        title: 'Minutes',
        title_highlights: [],
        excerpt: 'We met in the <b>Café Olé</b> & agreed.',
        highlights: [
          [17, 21],
          [22, 25],
        ],
        who: { name: 'Ann Author', email: 'ann@example.test' },
        when: '2026-03-01T10:00:00.123Z',
        link: `/api/v1/mail/messages/${id}`,
        place: { mail_account_id: alice.mailAccountId, folder_id: alice.inbox },
      },
    ],
    incomplete: [],
    next_cursor: null,
    problems: [],
    did_you_mean: null,
    facets: {
      types: [{ value: 'mail.message', count: 1 }],
      years: [{ value: 2026, count: 1 }],
      people: [{ name: 'Ann Author', email: 'ann@example.test', count: 1 }],
      is_capped: false,
    },
  })
})

test('subject, people and text are found by words, beginnings, phrases and parts of addresses, and left out by minus', async () => {
  const id = await app.addMessage(alice, {
    folderId: alice.inbox,
    subject: 'Quarterly überblick',
    from: { name: 'Zoë Quinn', email: 'zoe.quinn@mail.cloudberry.example' },
    to: [{ name: 'Team', email: 'lighthouse@example.test' }],
    text: 'The red lantern swings above the harbour. Order ref-2291/B.',
  })
  const found = ['quarterly', 'UBERBLICK', 'überblick', 'zoe', 'quinn lantern', 'lant', '"red lantern"', 'ref-2291/B']
  found.push('cloudberry', 'zoe.quinn@mail.cloudberry.example', 'zoe.quinn@mail.cloud', 'lighthouse', 'lantern -blue')
  found.push('"lantern harbour', 'harbour !!! &', '-"lantern red" swings')
  for (const q of found) assert.deepEqual(await idsOf(q), [id], q)
  const missed = [
    '"lantern red"',
    'lantern -harbour',
    '"lant"',
    'lantern nosuchword',
    '-"red lantern" quarterly',
    'antern',
  ]
  for (const q of missed) assert.deepEqual(await idsOf(q), [], q)
})

test('a message found only in its HTML shows its preview', async () => {
  await app.addMessage(alice, { folderId: alice.inbox, html: '<p>Only <i>gadolinium</i> in HTML</p>' })
  const { body } = await search('gadolinium')
  assert.equal(body.items[0].excerpt, 'Only gadolinium in HTML')
})

test('pages hold every hit once, newest first, while mail arrives', async () => {
  const ids: string[] = []
  for (const time of ['05.000002', '05.000001', '05.000001', '05', '04']) {
    ids.push(
      await app.addMessage(alice, { folderId: alice.inbox, text: 'obsidian', receivedAt: `2026-03-01T10:00:${time}Z` }),
    )
  }
  const seen: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body }: { body: { items: { id: string }[]; next_cursor: string | null } } = await search(
      'obsidian',
      `&limit=2${cursor && `&cursor=${cursor}`}`,
    )
    seen.push(...body.items.map((item) => item.id))
    cursor = body.next_cursor
    await app.addMessage(alice, { folderId: alice.inbox, text: 'obsidian', receivedAt: '2026-03-02T10:00:00Z' })
  }
  assert.deepEqual([seen[0], seen.slice(3)], [ids[0], ids.slice(3)])
  assert.deepEqual(new Set(seen), new Set(ids))
  assert.equal(seen.length, ids.length)
})

test('nobody finds what is somebody else’s, nor what lies in no folder any more', async () => {
  const id = await app.addMessage(bob, { folderId: bob.inbox, text: 'cinnabar' })
  assert.deepEqual(await idsOf('cinnabar'), [])
  assert.deepEqual(await idsOf('cinnabar', 'bob'), [id])
  await app.database.updateTable('mail_location').set({ gone_at: new Date() }).where('message_id', '=', id).execute()
  assert.deepEqual(await idsOf('cinnabar', 'bob'), [])
})

test('an empty query, a foreign cursor and an unknown parameter answer 400', async () => {
  const cursors = ['x', Buffer.from('["2026-01-01","x"]').toString('base64url')]
  const queries = [
    '',
    'q=',
    'q=%20%20',
    'q=a&colour=red',
    'q=a&limit=0',
    ...cursors.map((cursor) => `q=a&cursor=${cursor}`),
  ]
  queries.push(`q=${'a'.repeat(501)}`)
  for (const query of queries) {
    const { status, body } = await app.request('GET', `/api/v1/search?${query}`, { as: 'alice' })
    assert.deepEqual([query, status, body.code], [query, 400, 'invalid_request_body'])
  }
})

test('whatever is typed is answered', async () => {
  const fragments = [
    '"',
    '-',
    '&',
    '|',
    '!',
    ':*',
    '<->',
    '(',
    ')',
    "'",
    '\\',
    'word',
    'ﷺ',
    'a@b.c',
    'http://x/y?z',
    '-"',
    '%',
  ]
  const typed = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }).map((text) => text.replaceAll('\0', ' ')),
    fc.array(fc.constantFrom(...fragments, ' '), { minLength: 1, maxLength: 40 }).map((parts) => parts.join('')),
    fc.constantFrom('ﷺ'.repeat(500), 'a'.repeat(500), '"a" '.repeat(100), '-a '.repeat(100), "'':*", '\\', '\ud800'),
  )
  await fc.assert(
    fc.asyncProperty(typed, async (q) => {
      const { status } = await search(q.toWellFormed())
      assert(status === 200 || (status === 400 && q.trim() === ''), `${status} for ${JSON.stringify(q)}`)
    }),
    { numRuns: 150 },
  )
})

const titlesOf = async (q: string, more = '') => {
  const { status, body } = await search(q, more)
  assert.equal(status, 200, q)
  return body.items.map((item: { title: string }) => item.title)
}

test('operators find by people, place, state, files, size and time', async () => {
  const files = [
    {
      part: '2',
      type: 'application/pdf',
      encoding: 'base64',
      size: 9,
      disposition: 'attachment',
      filename: 'Devis été.pdf',
    },
  ]
  const parts = files as unknown as Parameters<typeof app.addMessage>[1]['parts'] & object
  await app.addMessage(alice, {
    ...{
      folderId: alice.archive,
      subject: 'Offre marmotte',
      text: 'marmotte',
      receivedAt: '2025-02-03',
      isStarred: true,
    },
    ...{ from: { name: 'Émile Roche', email: 'emile@roche.example' }, isRead: true, hasAttachments: true, parts },
  })
  await app.addMessage(alice, {
    ...{ folderId: alice.inbox, subject: 'Question marmotte', text: 'marmotte', receivedAt: '2025-06-01' },
    ...{
      from: { name: 'Bob', email: 'bob@example.test' },
      to: [{ name: 'Emile Roche', email: 'emile@roche.example' }],
    },
  })
  const cases: [q: string, found: string[]][] = [
    ['marmotte from:emile', ['Offre marmotte']],
    ['marmotte from:roche.example', ['Offre marmotte']],
    ['marmotte to:émile', ['Question marmotte']],
    ['marmotte with:emile', ['Question marmotte', 'Offre marmotte']],
    ['marmotte with:emile -from:bob', ['Offre marmotte']],
    ['marmotte cc:emile', []],
    ['subject:offre marmotte', ['Offre marmotte']],
    ['subject:offr', ['Offre marmotte']],
    ['in:archive marmotte', ['Offre marmotte']],
    ['in:inbox marmotte', ['Question marmotte']],
    ['marmotte is:unread', ['Question marmotte']],
    ['marmotte is:starred', ['Offre marmotte']],
    ['marmotte has:attachment', ['Offre marmotte']],
    ['filename:pdf marmotte', ['Offre marmotte']],
    ['filename:"devis ete" marmotte', ['Offre marmotte']],
    ['marmotte after:2025-03', ['Question marmotte']],
    ['marmotte before:2025-03', ['Offre marmotte']],
    ['marmotte on:2025', ['Question marmotte', 'Offre marmotte']],
    ['marmotte larger:1M', []],
    ['marmotte (from:bob OR is:starred)', ['Question marmotte', 'Offre marmotte']],
    ['marmotte type:mail', ['Question marmotte', 'Offre marmotte']],
    ['marmotte type:file', []],
    ['marmotte label:work', []],
    ['marmottes', ['Question marmotte', 'Offre marmotte']],
  ]
  for (const [q, found] of cases) assert.deepEqual(await titlesOf(q), found, q)
  assert.deepEqual(await titlesOf('marmotte', '&types=drive,calendar.event'), [])
})

test('what is in Trash is found when it is asked for only', async () => {
  const trash = await insertFolder(app.database, alice, { path: 'Trash', role: 'trash' })
  await app.addMessage(alice, { folderId: trash, subject: 'Thrown away', text: 'wolverine' })
  assert.deepEqual(await titlesOf('wolverine'), [])
  assert.deepEqual(await titlesOf('wolverine in:trash'), ['Thrown away'])
  assert.deepEqual(await titlesOf('wolverine in:anywhere'), ['Thrown away'])
})

test('by relevance the word in the subject comes first, and pages over it lose nothing', async () => {
  const add = (subject: string, text: string, receivedAt: string) =>
    app.addMessage(alice, { folderId: alice.inbox, subject, text, receivedAt })
  await add('Planning of the aardvark', 'x', '2026-01-01')
  await add('Other', `${'much else '.repeat(50)} aardvark`, '2026-01-20')
  for (let day = 10; day < 20; day++) await add(`Note ${day}`, 'aardvarks and others', `2026-01-${day}`)
  const first = await search('aardvark', '&sort=relevance&limit=5')
  assert.equal(first.body.items[0].title, 'Planning of the aardvark')
  assert.deepEqual(first.body.items[0].title_highlights, [[16, 24]])
  const titles = first.body.items.map((item: { title: string }) => item.title)
  for (let cursor = first.body.next_cursor; cursor; ) {
    const { body } = await search('aardvark', `&sort=relevance&limit=5&cursor=${cursor}`)
    titles.push(...body.items.map((item: { title: string }) => item.title))
    assert.equal(body.facets, null)
    cursor = body.next_cursor
  }
  assert.equal(titles.length, 12)
  assert.equal(new Set(titles).size, 12)
})

test('a typing error finds what was meant and says so; an operator that makes no sense is told', async () => {
  await app.addMessage(alice, { folderId: alice.inbox, subject: 'Pangolin sighting', text: 'x' })
  const { body } = await search('pangloin')
  assert.deepEqual([body.did_you_mean, body.items[0].title], ['pangolin', 'Pangolin sighting'])
  const odd = await search('pangolin before:soon')
  assert.deepEqual(odd.body.problems[0].column, 10)
})

test('a day is that of the reader’s own time zone', async () => {
  const carol = await app.mailboxOf('carol')
  const receivedAt = '2026-02-10T23:30:00Z'
  const id = await app.addMessage(carol, { folderId: carol.inbox, subject: 'Midnight', text: 'late', receivedAt })
  assert.deepEqual(await idsOf('midnight on:2026-02-10', 'carol'), [id])
  const body = { time_zone: 'Europe/Paris' }
  const changed = await app.request('PATCH', '/api/v1/account', { as: 'carol', body })
  assert.equal(changed.status, 200)
  assert.deepEqual(await idsOf('midnight on:2026-02-10', 'carol'), [])
  assert.deepEqual(await idsOf('midnight on:2026-02-11', 'carol'), [id])
})
