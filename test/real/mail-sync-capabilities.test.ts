import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { useMailboxes } from '../fixtures/sync-suite.ts'
import { eventually } from '../harness/eventually.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'

/** Each profile lacks what some servers in use lack. */
const profiles = {
  'CONDSTORE alone': ['QRESYNC'],
  'neither CONDSTORE nor QRESYNC': ['QRESYNC', 'CONDSTORE'],
  'neither MOVE nor LIST-STATUS': ['MOVE', 'LIST-STATUS'],
  'no UIDPLUS, no MOVE, no SPECIAL-USE': ['MOVE', 'UIDPLUS', 'SPECIAL-USE', 'LIST-EXTENDED'],
  'IMAP4rev1 and nothing else':
    'QRESYNC CONDSTORE MOVE UIDPLUS LIST-STATUS LIST-EXTENDED SPECIAL-USE IDLE ESEARCH'.split(' '),
}

for (const [name, withoutCapabilities] of Object.entries(profiles)) {
  suite(`mail sync with ${name}`, { skip: skipWithoutDovecot }, () => {
    const { mailbox } = useMailboxes({ withoutCapabilities })

    test('converges with what another program and the owner do', async () => {
      const { ownerId, account, deliver, client, node, synced, converged, message } = await mailbox('two-way')
      for (let at = 0; at < 12; at++) await deliver(`m${at}`, at < 8 ? 'INBOX' : 'Archive')
      const { changes } = node()
      await synced()
      await converged()
      const ids = new Map((await account.messages()).map((one) => [one.subject, one.message_id]))
      const archive = await account.folderId('Archive')

      const other = await client()
      await other.mailboxOpen('INBOX')
      await other.messageFlagsAdd('1:2', ['\\Flagged'])
      await other.messageDelete('8')
      await other.messageMove('7', 'Archive')
      await deliver('new')
      for (const subject of ['m0', 'm3', 'm4']) {
        await changes.change(ownerId, (await message(subject)).message_id, { isRead: true })
      }
      for (const subject of ['m4', 'm5']) {
        await changes.change(ownerId, (await message(subject)).message_id, { folderId: archive })
      }

      await eventually(async () => {
        assert.equal((await message('m5')).folder, 'Archive')
        assert.equal((await message('m4')).folder, 'Archive')
        assert.equal((await message('m6')).folder, 'Archive')
      })
      const messages = await converged()
      assert.equal(messages.length, 12)
      for (const one of messages)
        if (one.subject !== 'new') assert.equal(one.message_id, ids.get(one.subject), one.subject)
      const created = await account.events('mail.message_created')
      assert.deepEqual(
        created.map((event) => event.data.subject),
        ['new'],
      )
      await eventually(async () => {
        const deleted = await account.events('mail.message_deleted')
        assert.deepEqual(
          deleted.map((event) => event.data.message_id),
          [ids.get('m7')],
        )
      })
    })
  })
}
