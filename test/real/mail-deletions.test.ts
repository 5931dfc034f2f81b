import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { sql } from 'kysely'
import { useActing } from '../fixtures/acting-suite.ts'
import { eventually } from '../harness/eventually.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'

suite('deletions for good', { skip: skipWithoutDovecot }, () => {
  const { acting, lines, settled, setUndo } = useActing()

  test('a deletion for good waits for its undo window, is hidden from every sync, and then is done', async (t) => {
    const box = await acting(t, 'deleted', ['kept', 'gone'])
    const { act, own, ownerId, account, proxy } = box
    await act({ kind: 'trash' }, 'kept', 'gone')
    await settled(box)
    await act({ kind: 'delete' }, 'kept', 'gone')
    await box.deliver('later')
    await eventually(async () => assert.equal((await box.message('later')).folder, 'INBOX'))
    assert.deepEqual(
      (await account.messages()).map(({ subject }) => subject),
      ['later'],
    )
    assert.deepEqual(await lines(box), ['INBOX -- later', 'Trash -- gone', 'Trash -- kept'])
    await own.undoing.undo(ownerId, undefined)
    assert.equal((await account.messages()).length, 3)
    await setUndo(box, 1)
    await act({ kind: 'delete' }, 'gone')
    await eventually(async () => assert.deepEqual(await lines(box), ['INBOX -- later', 'Trash -- kept']))
    await eventually(async () => assert.equal(await account.storedMessages(), 2))
    assert.deepEqual(proxy.commands(/^EXPUNGE/), [])
    await box.converged()
  })

  test('a message that another program takes out of Trash before it is deleted stays', async (t) => {
    const box = await acting(t, 'rescued', ['rescued', 'lost'])
    const { act, account, own, mailAccountId } = box
    await act({ kind: 'trash' }, 'rescued', 'lost')
    await settled(box)
    await act({ kind: 'delete' }, 'rescued', 'lost')
    const other = await box.client()
    await other.mailboxOpen('Trash')
    await other.messageMove({ subject: 'rescued' }, 'INBOX')
    await box.deliver('news')
    await eventually(async () => assert.equal((await box.message('news')).folder, 'INBOX'))
    // As if the time had passed in which it can be undone.
    await sql`update mail_remote_op set next_attempt_at = now()`.execute(box.database)
    await own.wake.account(mailAccountId, 'changes')
    await eventually(async () => assert.deepEqual(await lines(box), ['INBOX -- news', 'INBOX -- rescued']))
    await eventually(async () => {
      const places = (await account.messages()).map(({ folder, subject }) => `${folder} ${subject}`).sort()
      assert.deepEqual(places, ['INBOX news', 'INBOX rescued'])
    })
    await box.converged()
    await eventually(async () => assert.equal(await account.unsettled(), 0))
    assert.equal((await account.events('mail.message_deleted')).length, 2)
  })
})

suite('deletions on a server without MOVE and UIDPLUS', { skip: skipWithoutDovecot }, () => {
  const { acting, lines, settled, setUndo } = useActing({ withoutCapabilities: ['MOVE', 'UIDPLUS'] })

  test('what is deleted before its way into Trash is known is not shown again, and is gone at last', async (t) => {
    const box = await acting(t, 'plain', ['kept', 'gone', 'copied'])
    const { act, account } = box
    await setUndo(box, 1)
    await act({ kind: 'trash' }, 'gone')
    await act({ kind: 'delete' }, 'gone')
    const copied = await act({ kind: 'copy', folderId: await box.folder('Archive') }, 'copied')
    await settled(box)
    await eventually(async () => {
      assert.deepEqual(await lines(box), ['Archive -- copied', 'INBOX -- copied', 'INBOX -- kept'])
    })
    const messages = await box.converged()
    const archived = messages.find(({ folder }) => folder === 'Archive')
    assert.deepEqual([archived?.message_id], copied.items[0]?.copy_ids)
    const told = [...(await account.events('mail.message_restored')), ...(await account.events('mail.message_created'))]
    assert.deepEqual(told, [])
    await eventually(async () => assert.equal(await account.storedMessages(), 3))
  })
})
