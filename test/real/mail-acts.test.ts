import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { sql } from 'kysely'
import { useActing } from '../fixtures/acting-suite.ts'
import type { Mailbox } from '../fixtures/sync-suite.ts'
import { eventually } from '../harness/eventually.ts'
import { type FaultProxy, startFaultProxy } from '../harness/fault-proxy.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'

const writeCommand = /^(SELECT|EXAMINE|EXPUNGE|UID (STORE|MOVE|COPY|EXPUNGE))\b/

suite('acts on a real server', { skip: skipWithoutDovecot }, () => {
  const { dovecot, mailbox, acting, lines, settled, setUndo } = useActing()
  const keywordsOf = async (box: Mailbox, path: string) => {
    const client = await box.client()
    await client.mailboxOpen(path)
    const messages = await client.fetchAll('1:*', { flags: true, envelope: true })
    await client.logout()
    return Object.fromEntries(
      messages.map(({ envelope, flags }) => [
        envelope?.subject,
        [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort(),
      ]),
    )
  }
  const refuse = (proxy: FaultProxy, command: RegExp) =>
    proxy.rules.add({ fault: 'answer', command, answer: 'NO [OVERQUOTA] Mailbox is full', repeat: 'always' })

  test('every kind of act arrives on the server', async (t) => {
    const box = await acting(t, 'kinds', ['read', 'star', 'archive', 'trash', 'junk', 'move', 'copy', 'label', 'pin'])
    const { act, account, own, ownerId } = box
    const { body: label } = await own.labels.create(ownerId, { name: 'Big Plans' })
    await act({ kind: 'read' }, 'read')
    await act({ kind: 'star' }, 'star')
    await act({ kind: 'archive' }, 'archive')
    await act({ kind: 'trash' }, 'trash')
    await act({ kind: 'junk' }, 'junk')
    await act({ kind: 'move', folderId: await box.folder('Drafts') }, 'move')
    const copied = await act({ kind: 'copy', folderId: await box.folder('Archive') }, 'copy')
    await act({ kind: 'label', labelIds: [label.id] }, 'label')
    await act({ kind: 'pin' }, 'pin')
    await settled(box)
    await box.converged()
    assert.deepEqual(
      await lines(box),
      [
        ...[
          'Archive -- archive',
          'Archive -- copy',
          'Drafts -- move',
          'INBOX -- copy',
          'INBOX -- label',
          'INBOX -- pin',
        ],
        ...['INBOX -F star', 'INBOX S- read', 'Junk -- junk', 'Trash -- trash'],
      ].sort(),
    )
    assert.deepEqual((await keywordsOf(box, 'Junk')).junk, ['$Junk'])
    assert.deepEqual((await keywordsOf(box, 'INBOX')).label, ['Big_Plans'])
    const [copyId] = copied.items[0]?.copy_ids ?? []
    const inArchive = (await account.messages()).filter((one) => one.folder === 'Archive' && one.subject === 'copy')
    assert.deepEqual(
      inArchive.map((one) => one.message_id),
      [copyId],
    )
    assert.deepEqual(await account.events('mail.message_created'), [])
    assert.equal(await account.storedMessages(), 10)
  })

  test('what is undone in time never reaches the server; what has reached it is taken back there', async (t) => {
    const box = await acting(t, 'undone', ['one', 'two'])
    const { act, own, ownerId, account } = box
    await act({ kind: 'archive' }, 'one', 'two')
    await settled(box)
    await own.undoing.undo(ownerId, undefined)
    await settled(box)
    await box.converged()
    assert.deepEqual(await lines(box), ['INBOX -- one', 'INBOX -- two'])
    const copied = await act({ kind: 'copy', folderId: await box.folder('Archive') }, 'one')
    await settled(box)
    await own.undoing.undo(ownerId, undefined)
    await eventually(async () => assert.deepEqual(await lines(box), ['INBOX -- one', 'INBOX -- two']))
    await eventually(async () => assert.equal(await account.storedMessages(), 2))
    const deleted = (await account.events('mail.message_deleted')).map(({ data }) => data.message_id)
    assert.deepEqual(deleted, copied.items[0]?.copy_ids)
  })

  test('what the server refuses for good is taken back, for its owner to see', async (t) => {
    const box = await acting(t, 'refused', ['moved', 'copied', 'starred', 'erased'])
    const { act, account, proxy } = box
    await setUndo(box, 0)
    refuse(proxy, /^UID (MOVE|COPY|STORE)/)
    await act({ kind: 'archive' }, 'moved')
    const copied = await act({ kind: 'copy', folderId: await box.folder('Archive') }, 'copied')
    await act({ kind: 'star' }, 'starred')
    // Hidden at once: not until the server has had its say.
    proxy.freeze()
    await act({ kind: 'delete', isPermanent: true }, 'erased')
    assert.equal((await account.messages()).length, 3)
    proxy.thaw()
    await eventually(async () => {
      const refused = await account.events('mail.message_change_refused')
      assert.equal(refused.length, 4)
    })
    const messages = await account.messages()
    assert.deepEqual(
      messages.map(({ folder, is_starred }) => [folder, is_starred]),
      Array.from({ length: 4 }, () => ['INBOX', false]),
    )
    const [copyId] = copied.items[0]?.copy_ids ?? []
    assert.ok(!messages.some((one) => one.message_id === copyId))
    assert.equal(await account.unsettled(), 0)
    assert.equal((await account.events('mail.message_restored')).length, 1)
  })

  test('of a batch that the server refuses for one message, only that one is taken back', async (t) => {
    const subjects = Array.from({ length: 9 }, (_, at) => `m${at}`)
    const box = await acting(t, 'one-of-many', subjects)
    const { uid } = await box.message('m6')
    refuse(box.proxy, new RegExp(`^UID MOVE (\\S*,)?(${uid}\\b|[1-${uid}]:[${uid}-9])`))
    await box.act({ kind: 'archive' }, ...subjects)
    await eventually(async () => assert.equal((await box.account.events('mail.message_change_refused')).length, 1))
    await settled(box)
    box.proxy.rules.clear()
    const stayed = (await box.converged()).filter(({ folder }) => folder === 'INBOX').map(({ subject }) => subject)
    assert.deepEqual(stayed, ['m6'])
  })

  test('a copy whose answer was lost is not made twice', async (t) => {
    const box = await acting(t, 'copied-once', ['once'])
    box.proxy.rules.add({ fault: 'cut', from: 'server', line: /COPYUID/, moment: 'before' })
    const copied = await box.act({ kind: 'copy', folderId: await box.folder('Archive') }, 'once')
    await settled(box)
    await box.converged()
    assert.deepEqual(await lines(box), ['Archive -- once', 'INBOX -- once'])
    const archived = (await box.account.messages()).filter(({ folder }) => folder === 'Archive')
    assert.deepEqual(
      archived.map((one) => one.message_id),
      copied.items[0]?.copy_ids,
    )
  })

  test('mail of blocked senders and muted conversations arrives where it belongs, and is moved there once', async (t) => {
    const box = await acting(t, 'screened', ['first'])
    const { own, ownerId, account, proxy, user } = box
    await own.senders.block(ownerId, '@pest.example')
    const { thread_id } = await box.database
      .selectFrom('mail_message')
      .select('thread_id')
      .where('id', '=', await box.idOf('first'))
      .executeTakeFirstOrThrow()
    await own.muted.mute(ownerId, thread_id ?? '')
    const send = (from: string, subject: string, more = '') =>
      dovecot().deliver(
        user,
        `From: ${from}\nTo: alice@example.test\nSubject: ${subject}\nMessage-ID: <${subject}@x.test>\n${more}Date: Mon, 02 Nov 2026 11:00:00 +0000\n\nHello.\n`,
      )
    await send('Spam <offers@mail.pest.example>', 'offer')
    await send('Bob <bob@example.test>', 'answer', 'In-Reply-To: <first@example.test>\n')
    await send('Bob <bob@example.test>', 'welcome')
    const wanted = ['Archive -- answer', 'INBOX -- first', 'INBOX -- welcome', 'Junk -- offer']
    await eventually(async () => assert.deepEqual(await lines(box), wanted))
    await settled(box)
    const created = await account.events('mail.message_created')
    const folders = await Promise.all(['Junk', 'Archive', 'INBOX'].map((path) => account.folderId(path)))
    assert.deepEqual(
      created.map(({ data }) => data.folder_id),
      folders,
    )
    assert.deepEqual(await account.events('mail.message_moved'), [])
    assert.ok(proxy.commands(/^UID MOVE/).length <= 2)
    // What its owner takes out of there stays out.
    await box.act({ kind: 'not_junk' }, 'offer')
    await settled(box)
    await box.converged()
    assert.ok((await lines(box)).includes('INBOX -- offer'))
  })

  test('a snoozed message stays in INBOX for other programs, and one that they file away does not come back', async (t) => {
    const box = await acting(t, 'snoozed', ['later', 'filed'])
    const { act, account } = box
    await act({ kind: 'snooze', until: new Date(Date.now() + 3_600_000) }, 'later', 'filed')
    const other = await box.client()
    await other.mailboxOpen('INBOX')
    await other.messageFlagsAdd({ subject: 'later' }, ['\\Flagged'])
    await other.messageMove({ subject: 'filed' }, 'Archive')
    await other.logout()
    await eventually(async () => {
      assert.deepEqual(
        [(await box.message('later')).is_starred, (await box.message('filed')).folder],
        [true, 'Archive'],
      )
    })
    const rows = await box.database
      .selectFrom('mail_location as place')
      .innerJoin('mail_folder as shown', 'shown.id', 'place.shown_folder_id')
      .innerJoin('mail_message as message', 'message.id', 'place.message_id')
      .select(['message.subject', 'shown.path', 'message.snoozed_until'])
      .where('place.gone_at', 'is', null)
      .orderBy('message.subject')
      .execute()
    assert.deepEqual(
      rows.map((row) => [row.subject, row.path, row.snoozed_until === null]),
      [
        ['filed', 'Archive', true],
        ['later', '\\Snoozed', false],
      ],
    )
    assert.deepEqual(await lines(box), ['Archive -- filed', 'INBOX -F later'])
    assert.equal((await account.events('mail.message_moved')).at(-1)?.data.folder_id, await box.folder('Archive'))
  })

  test('a label is what other programs see as a keyword, and what they set is a label', async (t) => {
    const box = await acting(t, 'labelled', ['ours', 'theirs'])
    const { own, ownerId } = box
    const { body: label } = await own.labels.create(ownerId, { name: 'Family' })
    await box.act({ kind: 'label', labelIds: [label.id] }, 'ours')
    await settled(box)
    const other = await box.client()
    await other.mailboxOpen('INBOX')
    await other.messageFlagsAdd({ subject: 'theirs' }, ['family'])
    await other.messageFlagsRemove({ subject: 'ours' }, ['Family'])
    await other.logout()
    const labelled = async () => {
      const rows = await box.database.selectFrom('mail_message_label').select('message_id').execute()
      return rows.map((row) => row.message_id)
    }
    await eventually(async () => assert.deepEqual(await labelled(), [await box.idOf('theirs')]))
    const told = (await box.account.events('mail.message_updated')).slice(-2).map(({ data }) => data.label_ids)
    assert.deepEqual(told.toSorted(), [[], [label.id]])
  })

  test('a thousand messages are acted on in one transaction, and by at most five commands for their folder', async (t) => {
    const box = await mailbox('thousand')
    await box.deliver('m0')
    const seed = await box.client()
    await seed.mailboxOpen('INBOX')
    // Doubling is quicker than a thousand deliveries.
    for (let count = 1; count < 1000; count *= 2) await seed.messageCopy(`1:${Math.min(count, 1000 - count)}`, 'INBOX')
    await seed.logout()
    const proxy = await startFaultProxy({ target: dovecot() })
    t.after(() => proxy.close())
    const first = box.node({}, proxy)
    await eventually(async () => assert.equal((await box.account.messages()).length, 1000))
    await first.stop()
    const messageIds = (await box.account.messages()).map((one) => one.message_id)
    // While nobody reaches the server.
    const nowhere = { host: '127.0.0.1', port: 1 }
    const maker = box.node({}, nowhere)
    const { body: label } = await maker.labels.create(box.ownerId, { name: 'Pile' })
    await maker.stop()
    for (const [action, commands] of [
      [{ kind: 'label', labelIds: [label.id] }, 2],
      [{ kind: 'archive' }, 2],
    ] as const) {
      const away = box.node({}, nowhere)
      const { items } = await away.acting.act(box.ownerId, { action, messageIds })
      assert.ok(items.every((item) => item.status === 'done'))
      const { rows } = await sql<{ ops: number; transactions: number }>`
        select count(*)::int as ops, count(distinct xmin::text)::int as transactions from mail_remote_op`.execute(
        box.database,
      )
      assert.deepEqual(rows, [{ ops: 1000, transactions: 1 }])
      await away.stop()
      proxy.forgetTranscript()
      const node = box.node({}, proxy)
      await settled(box)
      await node.stop()
      const written = proxy.commands(writeCommand)
      const last = written.findLastIndex((command) => command.startsWith('UID '))
      assert.equal(written.slice(0, last + 1).length, commands, `${action.kind}: ${written.join(' | ').slice(0, 500)}`)
    }
  })
})
