import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { after, suite, test } from 'node:test'
import type { ImapFlow } from 'imapflow'
import { sql } from 'kysely'
import { simpleParser } from 'mailparser'
import { createDraftSync } from '../../src/modules/mail/drafts/draft-sync.ts'
import type { Draft } from '../../src/modules/mail/drafts/draft-wire.ts'
import type { ConnectedAccount } from '../../src/modules/mail/sync/account-context.ts'
import { startDraftWriter } from '../fixtures/draft-writer.ts'
import { quickTimings } from '../fixtures/sync-node.ts'
import { type Mailbox, useMailboxes } from '../fixtures/sync-suite.ts'
import { eventually } from '../harness/eventually.ts'
import { type FaultProxy, startFaultProxy } from '../harness/fault-proxy.ts'
import { lintMime } from '../harness/lint/mime-lint.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'

suite('drafts and their copies on the server', { skip: skipWithoutDovecot }, () => {
  const mailboxes = useMailboxes()
  const closers: (() => Promise<void>)[] = []
  after(async () => {
    for (const close of closers.reverse()) await close()
  })

  /** A mailbox that is synced by a node, over `proxy` where there is one, and somebody who writes in it. */
  async function writing(name: string, proxy?: FaultProxy) {
    const mailbox = await mailboxes.mailbox(name)
    const server = { host: '127.0.0.1', port: mailboxes.dovecot().port, ...mailbox.user }
    let wakeNode: (mailAccountId: string) => void = () => undefined
    const writer = await startDraftWriter(mailbox.databaseUrl, server, { account: (id) => wakeNode(id) })
    closers.push(writer.close)
    const { ownerId, mailAccountId } = mailbox
    const start = () => {
      const node = mailbox.node({ objects: writer.objects }, proxy)
      wakeNode = (id) => node.wake.account(id, 'changes')
      return node
    }
    await mailbox.database
      .updateTable('mail_account')
      .set({ email: mailbox.user.username })
      .where('id', '=', mailAccountId)
      .execute()
    await mailbox.database
      .updateTable('mail_identity')
      .set({ email: mailbox.user.username, name: 'Alice' })
      .where('id', '=', mailAccountId)
      .execute()
    const client = await mailbox.client()
    closers.push(async () => client.close())
    const view = (id: string) => writer.drafts.view(ownerId, id)
    return {
      ...{ mailbox, writer, client, start, view },
      begin: async (body: object) =>
        (await writer.drafts.create(ownerId, { mail_account_id: mailAccountId, ...body })).body,
      change: (draft: Draft, body: object) => writer.drafts.change(ownerId, draft.id, body, draft.etag),
      discard: (draft: Draft) => writer.drafts.delete(ownerId, draft.id, undefined),
      listed: async () => (await writer.drafts.list(ownerId, { mailAccountId, cursor: undefined, limit: 50 })).items,
      copies: () => copiesOf(client),
      isSettled: async () => {
        const { rows } = await countUnsettled(mailbox)
        assert.equal(rows, 0)
      },
    }
  }

  test('a draft lies in Drafts as it is, is replaced with each change and goes when it is thrown away', async () => {
    const { begin, change, discard, start, copies, isSettled, writer, mailbox, listed } = await writing('copied')
    const file = { content: Readable.from([Buffer.from('PDF')]), filename: 'plan.pdf' }
    const { id: upload_id } = await writer.uploads.create(mailbox.ownerId, file)
    const draft = await begin({
      ...{ to: [{ name: 'Bob', email: 'bob@example.test' }, { email: 'unfinis' }], subject: 'Grüße' },
      ...{ bcc: [{ email: 'carol@example.test' }], html: '<p>Hello</p>', attachments: [{ upload_id }] },
    })
    start()
    const [first] = await eventually(async () => {
      const there = await copies()
      assert.equal(there.length, 1)
      return there
    })
    assert.ok(first)
    assert.deepEqual([...first.flags].sort(), ['\\Draft', '\\Seen'])
    assert.deepEqual(lintMime(first.source, { mayHaveBcc: true }), [])
    const mail = await simpleParser(first.source)
    assert.deepEqual([mail.subject, mail.html, mail.attachments[0]?.filename], ['Grüße', '<p>Hello</p>', 'plan.pdf'])
    assert.match(first.source.toString(), /^Bcc: carol@example.test\r$/m)
    assert.doesNotMatch(first.source.toString(), /unfinis/)

    let latest = draft
    for (let version = 1; version <= 3; version++) latest = await change(latest, { subject: `Version ${version}` })
    await eventually(async () => {
      assert.deepEqual(
        (await copies()).map(({ subject }) => subject),
        ['Version 3'],
      )
      await isSettled()
    })
    assert.deepEqual(
      (await listed()).map(({ id }) => id),
      [draft.id],
    )
    await discard(latest)
    await eventually(async () => {
      assert.deepEqual(await copies(), [])
      await isSettled()
    })
  })

  test('what another program wrote is a draft here, read when it is opened, and replaced when it is changed', async () => {
    const { start, listed, view, change, copies, client, isSettled, mailbox, writer } = await writing('foreign')
    await client.append('Drafts', Buffer.from(foreign), ['\\Draft'])
    await client.append('Drafts', Buffer.from('From: eve@example.test\r\nSubject: No draft\r\n\r\nHi\r\n'))
    start()
    const [found] = await eventually(async () => {
      const there = await listed()
      assert.deepEqual(
        there.map(({ preview }) => preview),
        ['Grüße'],
      )
      return there
    })
    assert.ok(found)
    assert.deepEqual(
      [found.subject, found.is_opened, found.to],
      ['Foreign', false, [{ name: 'Bob', email: 'bob@example.test' }]],
    )
    const messageId = (await mailbox.message('Foreign')).message_id
    const page = { mailAccountId: undefined, messageId, cursor: undefined, limit: 50 }
    const named = await writer.drafts.list(mailbox.ownerId, page)
    assert.deepEqual(named.items, [found])
    const take = () => writer.transact((tx) => writer.drafts.takeForSending(tx, mailbox.ownerId, found.id, undefined))
    await assert.rejects(take(), { code: 'mail.draft_not_opened' })
    const draft = await view(found.id)
    const [image, file] = draft.attachments
    assert.equal(draft.html, `<p>Grüße <img src="cid:${image?.content_id}" /></p>`)
    assert.deepEqual([draft.is_opened, file?.filename, draft.identity_id], [true, 'a.txt', mailbox.mailAccountId])
    assert.equal(draft.etag, found.etag)
    const changed = await change(draft, { subject: 'Mine now' })
    await eventually(async () => {
      const there = await copies()
      assert.deepEqual(there.map(({ subject }) => subject).sort(), ['Mine now', 'No draft'])
      await isSettled()
    })
    const copy = (await copies()).find(({ subject }) => subject === 'Mine now')
    const mail = await simpleParser(copy?.source ?? '')
    assert.deepEqual(
      mail.attachments.map(({ filename }) => filename),
      ['pic.png', 'a.txt'],
    )
    assert.deepEqual(
      (await listed()).map(({ etag }) => etag),
      [changed.etag],
    )
  })

  test('what another program changed, deleted or sent is so here, and a window that is behind hears of it', async () => {
    const { start, begin, change, view, listed, copies, client, isSettled } = await writing('changed')
    start()
    const draft = await begin({ subject: 'Ours', text: 'Hi' })
    await eventually(async () => {
      assert.equal((await copies()).length, 1)
      await isSettled()
    })
    let latest = draft
    for (const [text, isSeenBetween] of [
      ['One', false],
      ['Two', true],
    ] as const) {
      const [before] = await copies()
      assert.ok(before)
      const theirs = before.source.toString().replace(/\r\n\r\n.*/s, `\r\n\r\n${text}\r\n`)
      await client.append('Drafts', Buffer.from(theirs), ['\\Draft'])
      const isThere = async () => assert.notEqual((await listed())[0]?.etag, latest.etag)
      if (isSeenBetween) await eventually(isThere)
      await client.mailboxOpen('Drafts')
      await client.messageDelete(String(before.uid), { uid: true })
      await eventually(isThere)
      const now = await view(draft.id)
      assert.deepEqual([now.text?.trim(), (await listed()).length], [text, 1])
      await assert.rejects(change(latest, { subject: 'Behind' }), { code: 'etag_mismatch' })
      latest = now
    }
    latest = await change(latest, { subject: 'Ours again' })
    await eventually(async () => {
      assert.deepEqual(
        (await copies()).map(({ subject }) => subject),
        ['Ours again'],
      )
      await isSettled()
    })
    await client.mailboxOpen('Drafts')
    await client.messageDelete('1:*')
    await eventually(async () => assert.deepEqual(await listed(), []))
  })

  test('changed here and elsewhere at once, both stay', async () => {
    const { start, begin, change, listed, copies, client, isSettled } = await writing('both')
    const node = start()
    const draft = await begin({ subject: 'Ours', text: 'Hi' })
    await eventually(async () => {
      assert.equal((await copies()).length, 1)
      await isSettled()
    })
    await node.stop()
    const [ours] = await copies()
    assert.ok(ours)
    await client.mailboxOpen('Drafts')
    await client.append('Drafts', Buffer.from(ours.source.toString().replace('Ours', 'Theirs')), ['\\Draft'])
    await client.messageDelete(String(ours.uid), { uid: true })
    await change(draft, { subject: 'Ours, changed' })
    start()
    await eventually(async () => {
      const subjects = (await copies()).map(({ subject }) => subject).sort()
      assert.deepEqual(subjects, ['Ours, changed', 'Theirs'])
      assert.deepEqual((await listed()).map(({ subject }) => subject).sort(), subjects)
      await isSettled()
    })
  })

  test('a connection that is cut at any moment of a replacement leaves one copy in the end', async () => {
    const proxy = await startFaultProxy({ target: mailboxes.dovecot() })
    closers.push(() => proxy.close())
    const { start, begin, change, copies, isSettled } = await writing('cut', proxy)
    start()
    let draft = await begin({ subject: 'Version 0', text: 'x'.repeat(3000) })
    const cuts = [
      { from: 'client', line: / APPEND /, moment: 'before' },
      { from: 'client', line: / APPEND /, bytes: 2000 },
      { from: 'server', line: /APPENDUID/, moment: 'before' },
      { from: 'client', line: /UID EXPUNGE/, moment: 'before' },
      { from: 'server', line: /^\* (VANISHED|\d+ EXPUNGE)/, moment: 'before' },
    ] as const
    let version = 0
    for (const cut of cuts) {
      await eventually(isSettled)
      const rule = proxy.rules.add({ fault: 'cut', how: 'reset', ...cut })
      version += 1
      draft = await change(draft, { subject: `Version ${version}` })
      await eventually(() => assert.equal(rule.hits, 1, String(cut.line)))
      await eventually(async () => {
        assert.deepEqual(
          (await copies()).map(({ subject }) => subject),
          [`Version ${version}`],
        )
        await isSettled()
      })
    }
  })

  test('on a server with labels a former copy is deleted from the trash, and does not stay under none', async () => {
    const { start, begin, change, copies, client, isSettled, mailbox, writer } = await writing('labelled')
    const node = start()
    const draft = await begin({ subject: 'First' })
    await eventually(async () => {
      assert.equal((await copies()).length, 1)
      await isSettled()
    })
    await node.stop()
    await change(draft, { subject: 'Second' })
    const account = {
      ...{ key: mailbox, database: mailbox.database, commit: writer.transact, timings: quickTimings, isLabelled: true },
    } as unknown as ConnectedAccount
    const watched = await mailbox.client()
    await createDraftSync({ objects: writer.objects }).write(account, watched)
    assert.deepEqual(
      (await copies()).map(({ subject }) => subject),
      ['Second'],
    )
    const trash = await client.status('Trash', { messages: true, uidNext: true })
    assert.ok(trash)
    assert.deepEqual([trash.messages, trash.uidNext], [0, 2])
    await isSettled()
    await watched.logout()
  })

  test('a node that dies over a copy leaves it to the next one, which finds it', async () => {
    const { start, begin, change, copies, isSettled, mailbox } = await writing('killed')
    let node = start()
    let draft = await begin({ subject: 'Version 0', text: 'Hi' })
    for (let version = 1; version <= 2; version++) {
      draft = await change(draft, { subject: `Version ${version}` })
      await eventually(
        async () => {
          const { rows } = await countAppending(mailbox)
          const subjects = (await copies()).map(({ subject }) => subject)
          assert.ok(rows === 1 || subjects.includes(`Version ${version}`))
        },
        { everyMs: 1 },
      )
      await node.kill()
      // As if the time of its lease had passed.
      await sql`update mail_lease set expires_at = '-infinity'`.execute(mailbox.database)
      node = start()
    }
    await eventually(
      async () => {
        assert.deepEqual(
          (await copies()).map(({ subject }) => subject),
          ['Version 2'],
        )
        await isSettled()
      },
      { timeoutMs: 30_000 },
    )
  })
})

type Copy = { uid: number; subject: string; source: Buffer; flags: Set<string> }

async function copiesOf(client: ImapFlow): Promise<Copy[]> {
  await client.mailboxOpen('Drafts', { readOnly: true })
  const copies: Copy[] = []
  for await (const { uid, envelope, source, flags } of client.fetch('1:*', {
    envelope: true,
    source: true,
    flags: true,
  })) {
    const read = source ? await buffer(Readable.from([source])) : Buffer.alloc(0)
    copies.push({ uid, subject: envelope?.subject ?? '', source: read, flags: flags ?? new Set() })
  }
  return copies
}

const countUnsettled = async ({ database }: Mailbox) => ({
  rows: (
    await database
      .selectFrom('mail_draft_copy')
      .select('draft_id')
      .where((where) =>
        where.or([
          where('wanted_revision', 'is distinct from', where.ref('stored_revision')),
          where('appending_revision', 'is not', null),
        ]),
      )
      .execute()
  ).length,
})

const countAppending = async ({ database }: Mailbox) => ({
  rows: (
    await database
      .selectFrom('mail_draft_copy')
      .select('draft_id')
      .where('appending_revision', 'is not', null)
      .execute()
  ).length,
})

const foreign = [
  'From: Alice <foreign@example.test>',
  'To: Bob <bob@example.test>',
  'Subject: Foreign',
  'Message-ID: <foreign@example.test>',
  'Date: Sun, 01 Mar 2026 12:00:00 +0000',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  ...['--b', 'Content-Type: text/html; charset=utf-8', '', '<p onclick="x()">Grüße <img src="cid:pic"></p>'],
  ...['--b', 'Content-Type: image/png; name="pic.png"', 'Content-ID: <pic>', 'Content-Disposition: inline', '', 'png'],
  ...['--b', 'Content-Type: text/plain', 'Content-Disposition: attachment; filename="a.txt"', '', 'File', '--b--', ''],
].join('\r\n')
