import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'

let app: MailboxApp
let alice: MailboxOwner

before(async () => {
  app = await startMailboxApp()
  alice = await app.mailboxOf('alice')
})
after(() => app.close())

const request = (method: string, path: string, body?: object, as = 'alice', headers = {}) =>
  app.request(method, `/api/v1/search/${path}`, { as, headers, ...(body && { body }) })

test('a search is kept under a name, changed, listed by name and deleted', async () => {
  const made = await request('POST', 'saved', {
    name: ' Invoices ',
    q: 'subject:invoice',
    types: ['mail'],
    sort: 'relevance',
  })
  assert.equal(made.status, 201)
  assert.deepEqual(
    { ...made.body, id: '', updated_at: '' },
    { id: '', name: 'Invoices', q: 'subject:invoice', types: ['mail'], sort: 'relevance', updated_at: '' },
  )
  const other = await request('POST', 'saved', { name: 'budget', q: 'budget' })
  const changed = await request('PATCH', `saved/${made.body.id}`, { q: 'invoice', name: 'INVOICES' })
  assert.deepEqual([changed.status, changed.body.q, changed.body.name], [200, 'invoice', 'INVOICES'])
  const page = await request('GET', 'saved?limit=1')
  const rest = await request('GET', `saved?limit=1&cursor=${page.body.next_cursor}`)
  assert.deepEqual(
    [page, rest].map(({ body }) => body.items[0].name),
    ['budget', 'INVOICES'],
  )
  assert.equal(rest.body.next_cursor, null)
  assert.equal((await request('DELETE', `saved/${other.body.id}`)).status, 204)
  assert.equal((await request('GET', `saved/${other.body.id}`)).status, 404)
  assert.equal((await request('GET', `saved/${made.body.id}`)).body.q, 'invoice')
})

test('a name is taken in any case, by a new search and by a change; a repeated request makes one', async () => {
  const key = { 'idempotency-key': 'one' }
  const [first, again] = [
    await request('POST', 'saved', { name: 'Twice', q: 'x' }, 'alice', key),
    await request('POST', 'saved', { name: 'Twice', q: 'x' }, 'alice', key),
  ]
  assert.equal(first.body.id, again.body.id)
  const taken = await request('POST', 'saved', { name: 'twice', q: 'y' })
  assert.deepEqual([taken.status, taken.body.code], [409, 'search.name_taken'])
  const another = await request('POST', 'saved', { name: 'Once', q: 'x' })
  const renamed = await request('PATCH', `saved/${another.body.id}`, { name: 'TWICE' })
  assert.deepEqual([renamed.status, renamed.body.code], [409, 'search.name_taken'])
})

test('queries that were chosen are remembered newest first, the same one once, until they are forgotten', async () => {
  for (const q of ['Budget', 'from:ann', ' budget  ']) assert.equal((await request('PUT', 'recent', { q })).status, 204)
  const queries = async () => (await request('GET', 'recent')).body.items.map(({ q }: { q: string }) => q)
  assert.deepEqual(await queries(), ['budget', 'from:ann'])
  assert.deepEqual((await request('GET', 'recent', undefined, 'bob')).body.items, [])
  await request('DELETE', 'recent?q=BUDGET')
  assert.deepEqual(await queries(), ['from:ann'])
  await request('DELETE', 'recent')
  assert.deepEqual(await queries(), [])
})

test('while somebody types, recent queries, operators, people and titles are suggested', async () => {
  const from = { name: 'Frédérique Martin', email: 'fred@example.test' }
  await app.addMessage(alice, { folderId: alice.inbox, subject: 'Fresh "paint"', from, text: 'x' })
  await request('PUT', 'recent', { q: 'from:fred paint' })
  const suggested = async (q: string, as = 'alice') => {
    const { status, body } = await request('GET', `suggestions?q=${encodeURIComponent(q)}`, undefined, as)
    assert.equal(status, 200, q)
    return body.items.map(({ kind, q: whole }: { kind: string; q: string }) => `${kind} ${whole}`)
  }
  assert.deepEqual(await suggested('fr'), [
    ...['recent from:fred paint', 'operator from:', 'person with:fred@example.test', 'title "Fresh  paint "'],
  ])
  assert.deepEqual(await suggested('paint from:fré'), ['person paint from:fred@example.test'])
  assert.deepEqual(await suggested('subject:fre'), ['title subject:"Fresh  paint "'])
  assert.deepEqual(await suggested('x -has'), ['operator x -has:'])
  assert.deepEqual(await suggested(''), ['recent from:fred paint'])
  assert.deepEqual(await suggested('fr', 'bob'), ['operator from:'])
  assert.deepEqual(await suggested('%_\\ "( \u0000'.replace('\u0000', '')), [])
})
