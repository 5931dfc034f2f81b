import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { onServer } from '../fixtures/sync-account.ts'
import { letter, useMailboxes } from '../fixtures/sync-suite.ts'
import { eventually } from '../harness/eventually.ts'
import { startFaultProxy } from '../harness/fault-proxy.ts'
import type { Rule } from '../harness/fault-rules.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'

// The proxy gives Dovecot the answers of Gmail's X-GM-EXT-1: a copy has the INTERNALDATE of its original, which is made
// the X-GM-MSGID that both share.
const asGmail: Rule[] = [
  { fault: 'rewrite', from: 'server', line: /(?<=\bCAPABILITY IMAP4rev1 )/, to: 'X-GM-EXT-1 ' },
  { fault: 'rewrite', from: 'client', line: /X-GM-(MSG|THR)ID/g, to: 'INTERNALDATE' },
  {
    fault: 'rewrite',
    from: 'server',
    line: /INTERNALDATE "( ?\d+)-\w+-(\d+) (\d+):(\d+):(\d+) \+0000"/,
    to: '$& X-GM-MSGID 9$2$3$4$5 X-GM-THRID 8$2$3$4$5',
  },
]

suite('a server whose folders are labels', { skip: skipWithoutDovecot }, () => {
  const { dovecot, mailbox } = useMailboxes()

  async function labelled(t: TestContext, name: string) {
    const proxy = await startFaultProxy({ target: dovecot() })
    t.after(() => proxy.close())
    for (const rule of asGmail) proxy.rules.add(rule)
    const box = await mailbox(name)
    let second = 0
    const deliver = (subject: string, folder?: string) => {
      second += 1
      const receivedAt = new Date(Date.UTC(2026, 10, 2, 10, 0, second))
      return dovecot().deliver(box.user, letter(subject), folder, { receivedAt })
    }
    const places = async (subject: string) =>
      (await box.account.messages()).filter((one) => one.subject === subject).map(({ folder }) => folder)
    return { ...box, proxy, deliver, places }
  }

  test('a message with several labels is one, with a place in each', async (t) => {
    const { account, client, deliver, node, synced, places, proxy } = await labelled(t, 'labels')
    const uid = await deliver('twice')
    await deliver('once', 'Archive')
    const other = await client()
    await other.mailboxOpen('INBOX')
    await other.messageCopy(`${uid}`, 'Archive', { uid: true })
    node({}, proxy)
    await synced()
    await eventually(async () => assert.deepEqual(await places('twice'), ['Archive', 'INBOX']))
    assert.equal(await account.storedMessages(), 2)
    const [archived, inInbox] = (await account.messages()).filter(({ subject }) => subject === 'twice')
    assert.equal(archived?.message_id, inInbox?.message_id)

    await deliver('new')
    await other.mailboxOpen('INBOX')
    await other.messageCopy('*', 'Sent')
    await eventually(async () => assert.deepEqual(await places('new'), ['INBOX', 'Sent']))
    assert.equal(await account.storedMessages(), 3)
    assert.equal((await account.events('mail.message_created')).length, 1)
  })

  test('a message that loses one of its labels is still there; one that loses the last is deleted', async (t) => {
    const { account, client, deliver, node, synced, places, proxy } = await labelled(t, 'unlabelled')
    const uid = await deliver('kept')
    const other = await client()
    await other.mailboxOpen('INBOX')
    await other.messageCopy(`${uid}`, 'Archive', { uid: true })
    node({}, proxy)
    await synced()
    await eventually(async () => assert.equal((await places('kept')).length, 2))
    await other.messageDelete(`${uid}`, { uid: true })
    await eventually(async () => assert.deepEqual(await places('kept'), ['Archive']))
    await other.mailboxOpen('Archive')
    await other.messageDelete('1:*')
    await eventually(async () => assert.equal((await account.events('mail.message_deleted')).length, 1))
    await eventually(async () => assert.equal(await account.storedMessages(), 0))
  })

  test('a move takes the label away that its owner saw it under, and no other', async (t) => {
    const { ownerId, account, client, deliver, message, node, synced, places, proxy } = await labelled(t, 'moved')
    const uid = await deliver('moving')
    const other = await client()
    await other.mailboxOpen('INBOX')
    await other.messageCopy(`${uid}`, 'Archive', { uid: true })
    const { changes } = node({}, proxy)
    await synced()
    await eventually(async () => assert.equal((await places('moving')).length, 2))
    const { message_id } = await message('moving')
    await changes.change(ownerId, message_id, { folderId: await account.folderId('Junk'), isRead: true })
    await eventually(async () => assert.deepEqual(await places('moving'), ['Archive', 'Junk']))
    assert.equal(await account.unsettled(), 0)
    assert.equal(await account.storedMessages(), 1)
    const server = (await onServer(await client())).map((line) => line.split(' ')[0])
    assert.deepEqual(server, ['Archive', 'Junk'])
  })

  test('a label of ours is a label there: shown at once, found again by its folder, and taken away with it', async (t) => {
    const { ownerId, account, client, deliver, message, node, synced, places, proxy, database } = await labelled(
      t,
      'gmail',
    )
    const uid = await deliver('filed')
    // Dovecot has no such labels: what Gmail does, another program does below.
    proxy.rules.add({ fault: 'answer', command: /^UID STORE \d+ [+-]X-GM-LABELS/, answer: 'OK done', repeat: 'always' })
    const { acting, labels } = node({}, proxy)
    await synced()
    const { message_id } = await message('filed')
    const { body: label } = await labels.create(ownerId, { name: 'Plans' })
    const act = (kind: 'label' | 'unlabel') =>
      acting.act(ownerId, { action: { kind, labelIds: [label.id] }, messageIds: [message_id] })
    const labelsOf = () => database.selectFrom('mail_message_label').select('label_id').execute()
    await act('label')
    assert.deepEqual(await labelsOf(), [{ label_id: label.id }])
    await eventually(async () => assert.equal(await account.unsettled(), 0))
    assert.deepEqual(proxy.commands(/X-GM-LABELS/), [`UID STORE ${uid} +X-GM-LABELS (Plans)`])
    const other = await client()
    await other.mailboxOpen('INBOX')
    await other.messageCopy(`${uid}`, 'Plans', { uid: true })
    await eventually(async () => assert.deepEqual(await places('filed'), ['INBOX', 'Plans']))
    assert.equal(await account.storedMessages(), 1)
    await act('unlabel')
    assert.deepEqual([await labelsOf(), await places('filed')], [[], ['INBOX']])
    await eventually(async () => assert.equal(await account.unsettled(), 0))
    await other.mailboxOpen('Plans')
    await other.messageDelete('1:*')
    await deliver('later')
    await eventually(async () => assert.deepEqual(await places('later'), ['INBOX']))
    assert.deepEqual(await places('filed'), ['INBOX'])
  })

  test('what goes into Trash leaves all its labels at once, and has them again when that is undone in time', async (t) => {
    const { ownerId, client, deliver, message, node, synced, places, proxy, account } = await labelled(t, 'binned')
    const uid = await deliver('binned')
    const other = await client()
    await other.mailboxOpen('INBOX')
    await other.messageCopy(`${uid}`, 'Archive', { uid: true })
    const first = node({}, proxy)
    await synced()
    await eventually(async () => assert.equal((await places('binned')).length, 2))
    await first.stop()
    const { acting, undoing } = node({}, { host: '127.0.0.1', port: 1 })
    const { message_id } = await message('binned')
    await acting.act(ownerId, { action: { kind: 'trash' }, messageIds: [message_id] })
    assert.equal((await places('binned')).length, 1)
    await undoing.undo(ownerId, undefined)
    assert.deepEqual([await places('binned'), await account.unsettled()], [['Archive', 'INBOX'], 0])
  })
})
