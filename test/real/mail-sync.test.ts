import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { useMailboxes } from '../fixtures/sync-suite.ts'
import { eventually } from '../harness/eventually.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'
import { startStopwatch } from '../harness/stopwatch.ts'

suite('mail sync with Dovecot', { skip: skipWithoutDovecot }, () => {
  const { mailbox } = useMailboxes()

  test('lists a mailbox exactly, and tells progress instead of hundreds of arrivals', async () => {
    const { account, deliver, node, synced, converged } = await mailbox('initial')
    for (let at = 0; at < 300; at++) {
      const folder = ['INBOX', 'INBOX', 'Sent', 'Archive', 'Projekte/Grüße'][at % 5]
      await deliver(`m${at}`, folder, { flags: at % 3 === 0 ? ['\\Seen', 'work'] : [] })
    }
    node()
    await synced()
    assert.equal((await converged()).length, 300)
    assert.deepEqual(await account.events('mail.message_created'), [])
    const progress = await account.events('mail.account_sync_progressed')
    assert.equal(progress.at(-1)?.data.messages_done, 300)
    const state = await account.state()
    assert.deepEqual([state.state, state.backfill_done, state.backfill_total], ['synced', 300, 300])
    await eventually(async () => {
      assert((await account.messages()).every((one) => one.body_state === 'stored'))
    })
  })

  test('tells of new mail within a second, and stores its body', async () => {
    const { account, deliver, node, synced, message } = await mailbox('arrival')
    node({ timings: { pollMs: 60_000 } })
    await synced()
    const stopwatch = startStopwatch()
    await deliver('news')
    await eventually(async () => {
      const [created] = await account.events('mail.message_created')
      assert.equal(created?.data.subject, 'news')
    })
    assert(stopwatch.elapsedMs() < 1000, `It took ${Math.round(stopwatch.elapsedMs())} ms.`)
    await eventually(async () => assert.equal((await message('news')).body_state, 'stored'))
  })

  test('tells of each of many messages that come as fast as they are told', async () => {
    const { account, deliver, node, synced } = await mailbox('stream')
    node({ timings: { pollMs: 60_000 } })
    await synced()
    for (let at = 0; at < 20; at++) {
      await deliver(`news ${at}`)
      await eventually(async () => assert.equal((await account.events('mail.message_created')).length, at + 1), {
        everyMs: 5,
      })
    }
  })

  test('takes over flags and keywords that another program sets', async () => {
    const { account, deliver, client, node, synced, converged, message } = await mailbox('flags')
    const uids = [await deliver('a'), await deliver('b', 'Archive')]
    node()
    await synced()
    const other = await client()
    for (const [at, folder] of ['INBOX', 'Archive'].entries()) {
      await other.mailboxOpen(folder)
      await other.messageFlagsAdd(`${uids[at]}`, ['\\Seen', '\\Flagged', 'important'], { uid: true })
    }
    await converged()
    assert.deepEqual((await message('a')).keywords, ['important'])
    const updated = await account.events('mail.message_updated')
    assert.deepEqual(
      updated.map((event) => [event.data.is_read, event.data.is_starred]),
      [
        [true, true],
        [true, true],
      ],
    )
  })

  test('writes flags to the server as the owner sets them', async () => {
    const { ownerId, account, deliver, node, synced, converged, message } = await mailbox('own-flags')
    for (const subject of ['a', 'b', 'c']) await deliver(subject)
    const { changes } = node({ timings: { pollMs: 60_000 } })
    await synced()
    for (const subject of ['a', 'b', 'c']) {
      const { message_id } = await message(subject)
      await changes.change(ownerId, message_id, { isRead: true, isStarred: subject === 'b' })
    }
    const [a, b] = await converged()
    assert.deepEqual([a?.is_read, a?.is_starred, b?.is_starred], [true, false, true])
    assert.equal((await account.events('mail.message_updated')).length, 3)
  })

  test('12: a message that another program moves keeps its id, in both directions', async () => {
    const { account, deliver, client, node, synced, converged, message } = await mailbox('moves')
    await deliver('out')
    await deliver('in', 'Archive')
    node()
    await synced()
    const [before, other] = [{ out: await message('out'), in: await message('in') }, await client()]
    await other.mailboxOpen('INBOX')
    await other.messageMove('1', 'Archive')
    await other.mailboxOpen('Archive')
    const uid = (await other.search({ subject: 'in' }, { uid: true })) || []
    await other.messageMove(uid.join(','), 'INBOX', { uid: true })
    await converged()
    assert.equal((await message('out')).message_id, before.out.message_id)
    assert.equal((await message('in')).message_id, before.in.message_id)
    const moved = await account.events('mail.message_moved')
    assert.deepEqual(
      new Set(moved.map((event) => event.data.message_id)),
      new Set([before.out, before.in].map((one) => one.message_id)),
    )
    assert.deepEqual(await account.events('mail.message_created'), [])
    assert.deepEqual(await account.events('mail.message_deleted'), [])
  })

  test('12: a message that its owner moves keeps its id and tells of it once', async () => {
    const { ownerId, account, deliver, node, synced, converged, message } = await mailbox('own-moves')
    for (const subject of ['a', 'b']) await deliver(subject)
    const { changes } = node({ timings: { pollMs: 60_000 } })
    await synced()
    const { message_id } = await message('a')
    await changes.change(ownerId, message_id, { folderId: await account.folderId('Archive'), isRead: true })
    await eventually(async () => assert.equal((await message('a')).folder, 'Archive'))
    await converged()
    assert.equal((await message('a')).message_id, message_id)
    assert.equal((await account.events('mail.message_moved')).length, 1)
    await changes.change(ownerId, message_id, { folderId: await account.folderId('INBOX') })
    await eventually(async () => assert.equal((await message('a')).folder, 'INBOX'))
    await converged()
    assert.deepEqual(await account.events('mail.message_created'), [])
    assert.deepEqual(await account.events('mail.message_deleted'), [])
  })

  test('an expunged message is hidden at once and deleted after the grace time', async () => {
    const { account, deliver, client, node, synced, converged, message } = await mailbox('expunge')
    await deliver('kept')
    const uid = await deliver('lost')
    node()
    await synced()
    const { message_id } = await message('lost')
    const other = await client()
    await other.mailboxOpen('INBOX')
    await other.messageDelete(`${uid}`, { uid: true })
    await converged()
    await eventually(async () => {
      const deleted = await account.events('mail.message_deleted')
      assert.deepEqual(
        deleted.map((event) => event.data.message_id),
        [message_id],
      )
    })
  })

  test('a copy is a message of its own', async () => {
    const { account, deliver, client, node, synced, converged } = await mailbox('copy')
    await deliver('twice')
    node()
    await synced()
    const other = await client()
    await other.mailboxOpen('INBOX')
    await other.messageCopy('1', 'Archive')
    const messages = await eventually(async () => {
      const both = await converged()
      assert.equal(both.length, 2)
      return both
    })
    assert.equal(new Set(messages.map((one) => one.message_id)).size, 2)
    assert.deepEqual(await account.events('mail.message_moved'), [])
  })

  test('follows folders that are made, renamed and deleted', async () => {
    const { account, deliver, client, node, synced, converged, message } = await mailbox('folders')
    await deliver('a', 'Plans')
    node()
    await synced()
    const { message_id } = await message('a')
    const folderId = await account.folderId('Plans')
    const other = await client()
    await other.mailboxRename('Plans', 'Projects/Plans')
    await eventually(async () => assert.equal(await account.folderId('Projects/Plans'), folderId))
    await converged()
    assert.equal((await message('a')).message_id, message_id)
    await other.mailboxCreate('Empty')
    await other.mailboxDelete('Projects/Plans')
    await eventually(async () => assert.notEqual(await account.folderId('Empty'), folderId))
    await converged()
    await eventually(async () => {
      const deleted = await account.events('mail.folder_deleted')
      assert(deleted.some((event) => event.data.folder_id === folderId))
    })
  })
})
