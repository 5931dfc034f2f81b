import assert from 'node:assert/strict'
import { after, before, suite, type TestContext, test } from 'node:test'
import { actStore } from '../../src/modules/mail/acts/act-store.ts'
import { insertAccount } from '../fixtures/mailbox-rows.ts'
import { syncedAccount } from '../fixtures/sync-account.ts'
import { letter, useMailboxes } from '../fixtures/sync-suite.ts'
import { type SyncedApp, startSyncedApp } from '../fixtures/synced-app.ts'
import { eventually } from '../harness/eventually.ts'
import { startFaultProxy } from '../harness/fault-proxy.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'

suite('messages that go from one mail account into another', { skip: skipWithoutDovecot }, () => {
  let world: SyncedApp
  before(async () => {
    world = await startSyncedApp()
  })
  after(() => world.close())

  /** A person with two accounts, the second over `server`. */
  async function twoAccounts(name: string, server: { host: string; port: number } = world.dovecot) {
    const box = await world.connected(name)
    const user = world.dovecot.user(`${name}-work`)
    await world.dovecot.deliver(user, letter('hello'))
    const imap = { host: '127.0.0.1', port: server.port, security: 'none', ...user }
    const created = await box.request('POST', '/accounts', { email: user.username, imap, smtp: world.smtp() })
    const id: string = created.body.id
    await eventually(async () => {
      const { body } = await box.request('GET', `/accounts/${id}`)
      assert.equal(body.state, 'synced')
    })
    const { items } = (await box.request('GET', `/folders?mail_account_id=${id}`)).body
    const [archive] = items.filter((one: { role: string }) => one.role === 'archive')
    const subjects = async (mailUser: typeof user, path: string) => {
      const client = await world.dovecot.connect(mailUser)
      await client.mailboxOpen(path)
      const messages = await client.fetchAll('1:*', { envelope: true, flags: true, internalDate: true })
      await client.logout()
      return messages.map(({ envelope, flags }) => `${flags?.has('\\Flagged') ? '*' : ''}${envelope?.subject}`)
    }
    const listed = async (folderId: string) => (await box.request('GET', `/messages?folder_id=${folderId}`)).body.items
    return { ...box, id, archive: archive.id as string, work: user, subjects, listed }
  }

  test('a moved message is there at once, keeps its text and date, and leaves the other server when it has arrived', async () => {
    const box = await twoAccounts('ann')
    await box.request('PUT', '/act-preferences', { undo_seconds: 1 })
    const [message] = await box.messages()
    assert(message)
    await box.request('PATCH', `/messages/${message.id}`, { is_starred: true })
    const original = (await box.request('GET', `/messages/${message.id}`)).body
    const moved = await box.request('PATCH', `/messages/${message.id}`, { folder_id: box.archive })
    assert.deepEqual([moved.status, moved.body.folder_id, moved.body.subject], [200, box.archive, 'first'])
    assert.notEqual(moved.body.id, message.id)
    assert.equal((await box.request('GET', `/messages/${message.id}`)).status, 404)
    assert.deepEqual(await box.messages(), [])
    await eventually(async () => assert.deepEqual(await box.subjects(box.work, 'Archive'), ['*first']))
    await eventually(async () => assert.deepEqual(await box.subjects(box.user, 'INBOX'), []))
    const arrived = (await box.request('GET', `/messages/${moved.body.id}`)).body
    assert.deepEqual([arrived.body.text, arrived.received_at], [original.body.text, original.received_at])
    await box.request('POST', `/accounts/${box.id}/sync`)
    await box.request('PATCH', `/messages/${moved.body.id}`, { is_read: true })
    assert.deepEqual(
      (await box.listed(box.archive)).map((one: { id: string }) => one.id),
      [moved.body.id],
    )
  })

  test('a copy leaves the original where it is; a move that is taken back does so as well', async () => {
    const box = await twoAccounts('bea')
    const [message] = await box.messages()
    const body = { action: 'copy', message_ids: [message?.id], folder_id: box.archive }
    await box.request('POST', '/acts', body)
    await eventually(async () => assert.deepEqual(await box.subjects(box.work, 'Archive'), ['first']))
    await box.request('POST', '/acts', { ...body, action: 'move' })
    await eventually(async () => assert.deepEqual(await box.subjects(box.work, 'Archive'), ['first', 'first']))
    assert.equal((await box.request('POST', '/undo', {})).body.items[0].status, 'done')
    assert.deepEqual(
      (await box.messages()).map(({ id }) => id),
      [message?.id],
    )
    await eventually(async () => assert.deepEqual(await box.subjects(box.work, 'Archive'), ['first']))
    assert.deepEqual(await box.subjects(box.user, 'INBOX'), ['first'])
  })
})

suite('messages on their way between accounts', { skip: skipWithoutDovecot }, () => {
  const { dovecot, mailbox } = useMailboxes()

  /** A mailbox and another account of its owner, each over a proxy of its own. */
  async function betweenAccounts(t: TestContext, name: string) {
    const box = await mailbox(name)
    await box.deliver('letter')
    const user = dovecot().user(`${name}-other`)
    await dovecot().deliver(user, letter('hello'))
    await dovecot().deliver(user, letter('old'), 'Archive')
    const [here, there] = [await startFaultProxy({ target: dovecot() }), await startFaultProxy({ target: dovecot() })]
    t.after(() => Promise.all([here.close(), there.close()]))
    const rows = await insertAccount(box.database, box.ownerId)
    const other = syncedAccount(box.database, rows)
    const servers = new Map([[rows.mailAccountId, { host: there.host, port: there.port, ...user }]])
    const node = box.node({ servers }, here)
    await box.synced()
    await eventually(async () => assert.notEqual((await other.state()).last_synced_at, null))
    await box.database.transaction().execute((tx) => actStore.setUndoSeconds(tx, box.ownerId, 0))
    const { message_id } = await box.message('letter')
    const move = async () => node.changes.change(box.ownerId, message_id, { folderId: await other.folderId('Archive') })
    const subjects = async (path: string) =>
      (await other.messages()).filter(({ folder }) => folder === path).map(({ subject }) => subject)
    const inbox = async () => {
      const client = await box.client()
      const status = await client.status('INBOX', { messages: true })
      await client.logout()
      return status ? status.messages : undefined
    }
    return { ...box, other, there, move, subjects, inbox, messageId: message_id }
  }

  test('one whose arrival was cut off is not appended twice, and leaves its first account after it is there', async (t) => {
    const { there, other, move, subjects, inbox } = await betweenAccounts(t, 'dan')
    there.rules.add({ fault: 'cut', from: 'server', line: /APPENDUID/, moment: 'before' })
    await move()
    await eventually(async () => assert.equal(await inbox(), 0))
    assert.deepEqual(await subjects('Archive'), ['old', 'letter'])
    assert.equal(there.commands(/^APPEND/).length, 1)
    assert.deepEqual(await other.events('mail.message_created'), [])
  })

  test('one that the other server refuses is back where it was, and nothing of it is left there', async (t) => {
    const { there, account, other, move, inbox, messageId } = await betweenAccounts(t, 'eve')
    there.rules.add({ fault: 'rewrite', from: 'client', line: /(?<=APPEND )\S+/, to: 'Nowhere' })
    const moved = await move()
    assert.deepEqual(await account.messages(), [])
    await eventually(async () => assert.equal((await account.events('mail.message_change_refused')).length, 1))
    assert.deepEqual(
      (await account.messages()).map((one) => one.message_id),
      [messageId],
    )
    assert.deepEqual([await inbox(), await other.storedMessages()], [1, 2])
    const [restored] = await account.events('mail.message_restored')
    assert.equal(restored?.data.message_id, messageId)
    assert.ok((await account.events('mail.message_deleted')).some(({ data }) => data.message_id === moved.id))
  })
})
