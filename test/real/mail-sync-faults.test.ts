import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { letter, useMailboxes } from '../fixtures/sync-suite.ts'
import { eventually } from '../harness/eventually.ts'
import { changedUidValidity, startFaultProxy } from '../harness/fault-proxy.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'

suite('mail sync over a network and with servers that fail', { skip: skipWithoutDovecot }, () => {
  const { dovecot, mailbox } = useMailboxes()

  test('14: a first sync that is cut at twelve places loses nothing and has nothing twice', async (t) => {
    const { account, deliver, client, node, synced, converged } = await mailbox('cut')
    for (let at = 0; at < 120; at++) await deliver(`m${at}`, ['INBOX', 'Archive', 'Sent'][at % 3])
    const proxy = await startFaultProxy({ target: dovecot() })
    t.after(() => proxy.close())
    for (let at = 1; at <= 12; at++) {
      proxy.rules.add({ fault: 'cut', from: 'server', bytes: 1500 * at ** 2, how: at % 2 ? 'close' : 'reset' })
    }
    node({}, proxy)
    await synced()
    const messages = await converged()
    assert.equal(messages.length, 120)
    assert.equal(new Set(messages.map((one) => one.message_id)).size, 120)
    assert.deepEqual(await account.events('mail.message_created'), [])
    await (await client()).logout()
    assert(proxy.connections.length > 6)
  })

  test('1: a new UIDVALIDITY keeps ids, tells one event, and hides nothing meanwhile', async (t) => {
    const { account, deliver, node, synced, message } = await mailbox('epoch')
    for (let at = 0; at < 40; at++) await deliver(`m${at}`)
    const proxy = await startFaultProxy({ target: dovecot() })
    t.after(() => proxy.close())
    const first = node({}, proxy)
    await synced()
    await first.stop()
    const before = (await account.messages()).map((one) => [one.subject, one.message_id])
    for (const rule of changedUidValidity(3_999_999_999)) proxy.rules.add(rule)
    node({}, proxy)
    const inbox = await account.folderId('INBOX')
    await eventually(async () => {
      const reset = await account.events('mail.folder_reset')
      assert(reset.some((event) => event.data.folder_id === inbox))
      const now = (await account.messages()).map((one) => [one.subject, one.message_id])
      assert.deepEqual(now, before)
    })
    await deliver('after')
    await eventually(async () => assert.equal((await message('after')).folder, 'INBOX'))
    const resets = (await account.events('mail.folder_reset')).filter((event) => event.data.folder_id === inbox)
    assert.equal(resets.length, 1)
    assert.equal((await account.events('mail.message_created')).length, 1)
    assert.deepEqual(await account.events('mail.message_deleted'), [])
  })

  test('1: a UIDVALIDITY that a second SELECT does not confirm changes nothing', async (t) => {
    const { account, deliver, node, synced, converged } = await mailbox('spurious')
    await deliver('a')
    const proxy = await startFaultProxy({ target: dovecot() })
    t.after(() => proxy.close())
    const first = node({}, proxy)
    await synced()
    await first.stop()
    await deliver('b')
    const [inSelect] = changedUidValidity(77)
    assert(inSelect)
    const wrong = proxy.rules.add({ ...inSelect, repeat: 'once' })
    node({}, proxy)
    await converged()
    assert.equal(wrong.hits, 1)
    assert.deepEqual(await account.events('mail.folder_reset'), [])
  })

  test('13: a list of folders without INBOX deletes no folder', async (t) => {
    const { account, deliver, node, synced, converged } = await mailbox('empty-list')
    await deliver('a', 'Plans')
    const proxy = await startFaultProxy({ target: dovecot() })
    t.after(() => proxy.close())
    node({}, proxy)
    await synced()
    const emptied = proxy.rules.add({
      fault: 'answer',
      command: /^LIST /,
      answer: 'OK List completed.',
      repeat: 'always',
    })
    await eventually(() => assert(emptied.hits > 2))
    emptied.remove()
    await converged()
    assert.deepEqual(await account.events('mail.folder_deleted'), [])
  })

  test('a write that the server refuses for good is taken back and told', async (t) => {
    const { ownerId, account, deliver, node, synced, converged, message } = await mailbox('refused')
    await deliver('a')
    const proxy = await startFaultProxy({ target: dovecot() })
    t.after(() => proxy.close())
    const { changes } = node({}, proxy)
    await synced()
    const { message_id } = await message('a')
    proxy.rules.add({ fault: 'answer', command: /^UID (STORE|MOVE)/, answer: 'NO Not permitted.', repeat: 'always' })
    const folderId = await account.folderId('Archive')
    await changes.change(ownerId, message_id, { isRead: true, folderId })
    await eventually(async () => assert.equal((await account.events('mail.message_change_refused')).length, 2))
    const [a] = await converged()
    assert.deepEqual([a?.folder, a?.is_read], ['INBOX', false])
  })

  test('12: a move whose confirmation is lost is not made twice', async (t) => {
    const { ownerId, account, deliver, node, synced, converged, message } = await mailbox('unconfirmed')
    await deliver('a')
    const proxy = await startFaultProxy({ target: dovecot() })
    t.after(() => proxy.close())
    const { changes } = node({}, proxy)
    await synced()
    const { message_id } = await message('a')
    proxy.rules.add({ fault: 'cut', from: 'server', line: /COPYUID/, moment: 'before' })
    await changes.change(ownerId, message_id, { folderId: await account.folderId('Archive') })
    await eventually(async () => assert.equal((await message('a')).folder, 'Archive'))
    const [a, ...others] = await converged()
    assert.deepEqual([a?.message_id, others.length], [message_id, 0])
    assert.deepEqual(await account.events('mail.message_created'), [])
  })

  test('a silent connection is noticed, a refused one tried again', async (t) => {
    const { account, deliver, node, synced, converged } = await mailbox('away')
    await deliver('a')
    const proxy = await startFaultProxy({ target: dovecot() })
    t.after(() => proxy.close())
    node({}, proxy)
    await synced()
    proxy.refuse()
    proxy.cutAll()
    await eventually(async () => assert.equal((await account.state()).state, 'error'))
    assert.equal((await account.state()).error_code, 'mail.host_unreachable')
    await deliver('b')
    await proxy.accept()
    await converged()
    await eventually(async () => assert.equal((await account.state()).state, 'synced'))
  })

  test('a wrong password is told on the account', async () => {
    const { user, account, node } = await mailbox('password')
    dovecot().setPassword(user, 'changed')
    node()
    await eventually(async () => assert.equal((await account.state()).error_code, 'mail.authentication_failed'))
    const [updated] = await account.events('mail.account_updated')
    assert.deepEqual([updated?.data.state, updated?.data.error_code], ['error', 'mail.authentication_failed'])
  })

  test('messages that no parser likes are listed too', async () => {
    const { deliver, user, node, synced, account } = await mailbox('nasty')
    const deep = Array.from({ length: 120 }, (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\n\n--b${at}\n`)
    const nasty = [
      '\n',
      '\n\n',
      'Subject: =?utf-8?B?////?=\n\nx',
      `Subject: deep\nMIME-Version: 1.0\n${deep.join('')}`,
      'Content-Type: text/plain; charset=nonsense\nContent-Transfer-Encoding: base64\n\n%%%%',
      letter('plain', 'a\0b'),
    ]
    await dovecot().deliver(user, Buffer.from('From: Zo\xeb <zoe@example.test>\r\nSubject: caf\xe9\r\n\r\nx', 'latin1'))
    for (const raw of nasty) await dovecot().deliver(user, Buffer.from(raw.replaceAll('\n', '\r\n')))
    await deliver('fine')
    node()
    await synced()
    await eventually(async () => {
      const messages = await account.messages()
      assert.equal(messages.length, nasty.length + 2)
      assert(
        messages.some((one) => one.subject === 'café'),
        JSON.stringify(messages.map((one) => one.subject)),
      )
      assert(messages.every((one) => ['stored', 'failed'].includes(one.body_state)))
    })
  })
})
