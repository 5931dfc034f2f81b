import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { administratorSettings, createAdministration } from '../../../../test/fixtures/administrators.ts'
import { type MailboxApp, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { insertAccount, insertFolder } from '../../../../test/fixtures/mailbox-rows.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { connectSocket } from '../../../../test/harness/socket-client.ts'
import { newId } from '../../../platform/ids.ts'
import { appendMailEvents } from '../events.ts'
import { mailboxStore } from './mailbox-store.ts'

type SharedRows = { ownerId: string; mailAccountId: string; inbox: string }

suite('a mailbox of several people', () => {
  let app: MailboxApp
  let admin: ReturnType<typeof createAdministration>

  before(async () => {
    app = await startMailboxApp(administratorSettings)
    admin = createAdministration(app)
  })
  after(() => app.close())

  /** A mailbox of the organisation, in rows. */
  async function shared(): Promise<SharedRows> {
    const id = newId()
    await app.transact((tx) => mailboxStore.make(tx, id, { name: 'Support', lenderId: null }))
    const account = await insertAccount(app.database, id)
    return { ...account, inbox: await insertFolder(app.database, account, { path: 'INBOX', role: 'inbox' }) }
  }
  /** @returns the id of the role. */
  const give = async ({ ownerId }: SharedRows, body: object): Promise<string> =>
    (await admin.expect(200, 'PUT', `/shared-mailboxes/${ownerId}/grants`, { body })).id
  const withdraw = ({ ownerId }: SharedRows, id: string) =>
    admin.expect(204, 'DELETE', `/shared-mailboxes/${ownerId}/grants/${id}`)
  const person = async (name: string) => ({ name, id: await admin.personId(name) })
  const get = (as: string, path: string, headers: Record<string, string> = {}) =>
    app.request('GET', `/api/v1${path}`, { as, headers })
  const idsOf = ({ body }: { body: { items: { id: string }[] } }) => body.items.map(({ id }) => id)
  const tell = (ownerId: string, mailAccountId: string) =>
    app.transact((tx) =>
      appendMailEvents(app.app.platform.events, tx, ownerId, [
        { type: 'mail.account_updated', data: { mail_account_id: mailAccountId, state: 'synced', error_code: null } },
      ]),
    )

  test('is in the lists, the unified inbox and the search of whoever may read it, and gone when the role is', async () => {
    const anna = await app.mailboxOf('anna')
    const box = await shared()
    const times = ['05', '04', '03', '02', '01', '00']
    const expected: string[] = []
    for (const [at, second] of times.entries()) {
      const [owner, folderId] = at % 2 === 0 ? [anna, anna.inbox] : [box, box.inbox]
      const receivedAt = `2026-03-01T10:00:${second}Z`
      expected.push(await app.addMessage(owner, { folderId, receivedAt, subject: `Quokka ${at}`, text: 'quokka' }))
    }
    const own = expected.filter((_, at) => at % 2 === 0)
    const inbox = async () => {
      const seen: string[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const { status, body } = await get('anna', `/mail/messages?role=inbox&limit=2${cursor && `&cursor=${cursor}`}`)
        assert.equal(status, 200)
        assert(body.items.length > 0)
        seen.push(...body.items.map(({ id }: { id: string }) => id))
        cursor = body.next_cursor
      }
      return seen
    }
    const foundIds = async () => idsOf(await get('anna', '/search?q=quokka&types=mail.message'))
    assert.deepEqual(await inbox(), own)
    assert.deepEqual(new Set(await foundIds()), new Set(own))

    const role = await give(box, { person_id: anna.ownerId, role: 'read' })
    assert.deepEqual(await inbox(), expected)
    assert.deepEqual(new Set(await foundIds()), new Set(expected))
    const accounts = (await get('anna', '/mail/accounts')).body.items
    const seen = accounts.map(({ id, role, owner }: { id: string; role: string; owner: object }) => [id, role, owner])
    assert.deepEqual(seen, [
      [anna.mailAccountId, 'owner', { kind: 'you', name: '' }],
      [box.mailAccountId, 'read', { kind: 'organisation', name: '' }],
    ])
    const folders = (await get('anna', '/mail/folders')).body.items
    assert.deepEqual(new Set(folders.map((one: { mail_account_id: string }) => one.mail_account_id)).size, 2)
    const threads = (await get('anna', '/mail/threads?role=inbox')).body.items
    assert.equal(threads.length, expected.length)
    const [, ofBox = ''] = expected
    assert.equal((await get('anna', `/mail/messages/${ofBox}`)).status, 200)

    await withdraw(box, role)
    assert.deepEqual(await inbox(), own)
    assert.deepEqual(new Set(await foundIds()), new Set(own))
    assert.equal((await get('anna', `/mail/messages/${ofBox}`)).status, 404)
    assert.deepEqual(idsOf(await get('anna', '/mail/accounts')), [anna.mailAccountId])
  })

  test('is open to whoever is in a group that has a role, who gets the greater of two', async () => {
    const box = await shared()
    const group = `team-${newId()}`
    const ask = (groups: string[]) => admin.as('gerd', groups, 'GET', `/api/v1/mail/accounts/${box.mailAccountId}`)
    assert.equal((await ask([group])).status, 404)
    await give(box, { group, role: 'send' })
    assert.equal((await ask([group])).body.role, 'send')
    await give(box, { person_id: await admin.personId('gerd'), role: 'manage' })
    assert.equal((await ask([group])).body.role, 'manage')
    assert.equal(
      (await admin.as('other', ['elsewhere'], 'GET', `/api/v1/mail/accounts/${box.mailAccountId}`)).status,
      404,
    )
  })

  test('lets a reader mark as read and star, and nothing else', async () => {
    const box = await shared()
    const { name, id } = await person('reader')
    await give(box, { person_id: id, role: 'read' })
    const message = await app.addMessage(box, { folderId: box.inbox })
    const call = async (method: string, path: string, body: object) => {
      const answer = await app.request(method, `/api/v1/mail${path}`, { as: name, body })
      return [answer.status, answer.body?.code]
    }
    const message_ids = [message]
    assert.deepEqual(await call('PATCH', `/messages/${message}`, { is_read: true, is_starred: true }), [200, undefined])
    for (const action of ['read', 'unread', 'star', 'unstar']) {
      assert.deepEqual(await call('POST', '/acts', { action, message_ids }), [200, undefined], action)
    }
    const refused = [403, 'mail.role_too_small']
    for (const body of [{ is_pinned: true }, { is_read: true, folder_id: box.inbox }]) {
      assert.deepEqual(await call('PATCH', `/messages/${message}`, body), refused)
    }
    for (const action of ['archive', 'trash', 'junk', 'pin', 'delete']) {
      assert.deepEqual(await call('POST', '/acts', { action, message_ids }), refused, action)
    }
  })

  test('tells who sent from it: in the outbox, the events and the audit log', async () => {
    const box = await shared()
    const { name, id } = await person('sender')
    await give(box, { person_id: id, role: 'send' })
    const body = { mail_account_id: box.mailAccountId, to: [{ email: 'customer@example.test' }], subject: 'Hello' }
    const sent = await app.request('POST', '/api/v1/mail/messages', { as: name, body })
    assert.deepEqual([sent.status, sent.body.sent_by], [202, { id, name: 'sender' }])
    const inMailbox = { 'mail-account': box.mailAccountId }
    const [listed] = (await get(name, '/mail/outbox', inMailbox)).body.items
    assert.deepEqual([listed.id, listed.sent_by.id], [sent.body.id, id])
    const events = (await get(name, '/events?after=0')).body.items
    const told = events.find(({ type }: { type: string }) => type === 'mail.outbox_updated')
    assert.deepEqual([told.data.outbox_id, told.data.sent_by], [sent.body.id, id])
    const { items } = (await admin.admin('GET', `/audit/entries?person_id=${box.ownerId}`)).body
    const entry = items.find(({ action }: { action: string }) => action === 'mail.message_sent_for')
    assert.deepEqual([entry.actor_id, entry.target], [id, sent.body.id])
  })

  test('tells all who may read of its events, on open sockets too, and takes them back with the role', async () => {
    const box = await shared()
    const [left, right] = [await person('left'), await person('right')]
    const role = await give(box, { person_id: left.id, role: 'read' })
    await give(box, { person_id: right.id, role: 'manage' })
    const socket = await connectSocket(app.url, { token: await app.token('left') })
    await eventually(() => assert.equal(socket.messages.length, 1))
    await tell(box.ownerId, box.mailAccountId)
    const heard = () => socket.events().map(({ type }) => type)
    await eventually(() => assert.deepEqual(heard(), ['mail.account_updated']))
    await withdraw(box, role)
    await tell(box.ownerId, box.mailAccountId)
    const typesOf = async (name: string) =>
      (await get(name, '/events?after=0')).body.items.map(({ type }: { type: string }) => type)
    const changed = 'mail.access_changed'
    // Its own event would come after whatever was told before it.
    await tell(left.id, box.mailAccountId)
    await eventually(() => assert.deepEqual(heard(), ['mail.account_updated', changed, 'mail.account_updated']))
    const ofLeft = await typesOf('left')
    assert.deepEqual(
      ofLeft.filter((type: string) => type !== changed),
      ['mail.account_updated'],
    )
    assert.equal((await typesOf('right')).filter((type: string) => type === 'mail.account_updated').length, 2)
    socket.socket.terminate()
  })

  test('is not mixed with another in one request', async () => {
    const [one, other] = [await shared(), await shared()]
    const { name, id } = await person('mixer')
    for (const box of [one, other]) await give(box, { person_id: id, role: 'send' })
    const message_ids = [
      await app.addMessage(one, { folderId: one.inbox }),
      await app.addMessage(other, { folderId: other.inbox }),
    ]
    const { status, body } = await app.request('POST', '/api/v1/mail/acts', {
      ...{ as: name, body: { action: 'star', message_ids } },
    })
    assert.deepEqual([status, body.code], [400, 'mail.mailboxes_mixed'])
  })

  test('writes down who was given what, and what they had before', async () => {
    const box = await shared()
    const { id } = await person('dora')
    const role = await give(box, { person_id: id, role: 'read' })
    assert.equal(await give(box, { person_id: id, role: 'manage' }), role)
    await withdraw(box, role)
    const { items } = (await admin.admin('GET', `/audit/entries?person_id=${box.ownerId}`)).body
    const changes = items.map((one: { action: string; details: { before: unknown; after: unknown } }) => [
      one.action,
      one.details,
    ])
    const as = (role: string) => ({ role, group: null, person_id: id })
    assert.deepEqual(changes, [
      ['mail.grant_withdrawn', { before: as('manage'), after: null }],
      ['mail.grant_given', { before: as('read'), after: as('manage') }],
      ['mail.grant_given', { before: null, after: as('read') }],
    ])
    assert.deepEqual((await admin.expect(200, 'GET', `/shared-mailboxes/${box.ownerId}/grants`)).items, [])
  })

  test('gives nobody a role who is not known, and nothing to several at once', async () => {
    const box = await shared()
    const path = `/shared-mailboxes/${box.ownerId}/grants`
    const unknown = await admin.admin('PUT', path, { body: { email: 'nobody@example.test', role: 'read' } })
    assert.deepEqual([unknown.status, unknown.body.code], [422, 'mail.member_unknown'])
    const both = await admin.admin('PUT', path, { body: { person_id: newId(), group: 'team', role: 'read' } })
    assert.deepEqual([both.status, both.body.code], [400, 'invalid_request_body'])
    const elsewhere = await admin.admin('PUT', `/shared-mailboxes/${newId()}/grants`, {
      body: { group: 'a', role: 'read' },
    })
    assert.equal(elsewhere.status, 404)
  })
})
