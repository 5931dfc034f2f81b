import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { fc } from '../../../../test/harness/properties.ts'
import { checkedSender, sendersMatching } from './sender-pattern.ts'

let app: MailboxApp
let alice: MailboxOwner

before(async () => {
  app = await startMailboxApp()
  alice = await app.mailboxOf('alice')
})
after(() => app.close())

const request = (method: string, path: string, body?: unknown, as = 'alice') =>
  app.request(method, `/api/v1/mail${path}`, { as, ...(body !== undefined && { body }) })

test('a sender is blocked once, listed by name and unblocked', async () => {
  const blocked = await request('POST', '/blocked-senders', { sender: ' Pest@Example.TEST ' })
  assert.deepEqual([blocked.status, blocked.body.sender], [201, 'pest@example.test'])
  const again = await request('POST', '/blocked-senders', { sender: 'pest@example.test' })
  assert.deepEqual([again.status, again.body.id], [201, blocked.body.id])
  await request('POST', '/blocked-senders', { sender: '@mail.offers.example' })
  const first = (await request('GET', '/blocked-senders?limit=1')).body
  const second = (await request('GET', `/blocked-senders?limit=1&cursor=${first.next_cursor}`)).body
  const found = [...first.items, ...second.items].map((one: { sender: string }) => one.sender)
  assert.deepEqual([found, second.next_cursor], [['mail.offers.example', 'pest@example.test'], null])
  assert.equal((await request('DELETE', `/blocked-senders/${blocked.body.id}`)).status, 204)
  assert.equal((await request('DELETE', `/blocked-senders/${blocked.body.id}`)).status, 404)
})

test('nobody blocks themselves, half the world, or what is no sender', async () => {
  const { email } = (await request('GET', `/accounts/${alice.mailAccountId}`)).body
  for (const [sender, code] of [
    [email, 'mail.sender_is_yourself'],
    ['co.uk', 'mail.sender_invalid'],
    ['com', 'mail.sender_invalid'],
    ['github.io', 'mail.sender_invalid'],
    ['two words', 'mail.sender_invalid'],
    ['a@b@c', 'mail.sender_invalid'],
    ['-.-', 'mail.sender_invalid'],
  ] as const) {
    const answer = await request('POST', '/blocked-senders', { sender })
    assert.deepEqual([sender, answer.status, answer.body.code], [sender, 422, code])
  }
})

test('what blocks an address is the address and each domain above it', () => {
  assert.deepEqual(sendersMatching('Ann@Mail.Example.Org'), [
    'ann@mail.example.org',
    'mail.example.org',
    'example.org',
    'org',
  ])
  assert.deepEqual(sendersMatching(''), [])
  const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/)
  fc.assert(
    fc.property(label, fc.array(label, { minLength: 1, maxLength: 4 }), (local, domain) => {
      const address = `${local}@${domain.join('.')}.pest.example`
      for (const sender of [address, `${domain.join('.')}.pest.example`, 'pest.example']) {
        assert.ok(sendersMatching(address.toUpperCase()).includes(checkedSender(sender)))
      }
      assert.ok(!sendersMatching(address).includes('st.example'))
    }),
    { numRuns: 50 },
  )
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.ok(Array.isArray(sendersMatching(text)))
    }),
    { numRuns: 200 },
  )
})

test('a conversation is muted, shown so and unmuted; somebody else’s is not there', async () => {
  const id = await app.addMessage(alice, { folderId: alice.inbox })
  const isMuted = async () => {
    const { items } = (await request('GET', `/threads?folder_id=${alice.inbox}`)).body
    const { body } = await request('GET', `/threads/${id}`)
    assert.equal(items[0].is_muted, body.is_muted)
    return body.is_muted
  }
  assert.equal(await isMuted(), false)
  for (let times = 0; times < 2; times++) assert.equal((await request('PUT', `/threads/${id}/mute`)).status, 204)
  assert.equal(await isMuted(), true)
  assert.deepEqual(
    (await request('GET', '/muted-threads')).body.items.map((one: { thread_id: string }) => one.thread_id),
    [id],
  )
  assert.equal((await request('DELETE', `/threads/${id}/mute`)).status, 204)
  assert.equal(await isMuted(), false)
  await app.mailboxOf('bob')
  for (const method of ['PUT', 'DELETE'])
    assert.equal((await request(method, `/threads/${id}/mute`, undefined, 'bob')).status, 404)
  const told = await app.database
    .selectFrom('event')
    .select('type')
    .where('owner_id', '=', alice.ownerId)
    .where('type', 'like', 'mail.thread%')
    .execute()
  assert.deepEqual(
    told.map(({ type }) => type),
    ['mail.thread_muted', 'mail.thread_unmuted'],
  )
})
