import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type MailboxApp, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { insertAccount, insertFolder } from '../../../../test/fixtures/mailbox-rows.ts'
import type { Folder } from './wire.ts'

let app: MailboxApp

before(async () => {
  app = await startMailboxApp()
})
after(() => app.close())

const get = (as: string, query = '') => app.request('GET', `/api/v1/mail/folders${query}`, { as })
const pathsOf = (items: Folder[]) => items.map((folder) => folder.path)

test('folders come by account, in the order of their roles and then by path, in pages that lose none', async () => {
  const carol = await app.mailboxOf('carol')
  for (const [path, role] of [
    ['Trash', 'trash'],
    ['Zebra'],
    ['Sent', 'sent'],
    ['Junk', 'junk'],
    ['Drafts', 'drafts'],
    ['Apples/Red'],
    ['All', 'all'],
  ]) {
    await insertFolder(app.database, carol, { path: path ?? '', ...(role && { role }) })
  }
  const second = await insertAccount(app.database, carol.ownerId)
  await insertFolder(app.database, second, { path: 'INBOX', role: 'inbox' })
  const ordered = [
    'INBOX',
    'Drafts',
    'Sent',
    'Archive',
    'Junk',
    'Trash',
    'All',
    'Apples/Red',
    'Projects',
    'Zebra',
    'INBOX',
  ]
  const { body } = await get('carol')
  assert.deepEqual([pathsOf(body.items), body.next_cursor], [ordered, null])
  const paged: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { body: { items: Folder[]; next_cursor: string | null } } = await get(
      'carol',
      `?limit=2${cursor && `&cursor=${cursor}`}`,
    )
    paged.push(...pathsOf(page.body.items))
    cursor = page.body.next_cursor
  }
  assert.deepEqual(paged, ordered)
  const one = await get('carol', `?mail_account_id=${second.mailAccountId}`)
  assert.deepEqual(pathsOf(one.body.items), ['INBOX'])
})

test('counts follow what happens to messages, and say so for each folder', async () => {
  const dora = await app.mailboxOf('dora')
  await app.addMessage(dora, { folderId: dora.inbox })
  const id = await app.addMessage(dora, { folderId: dora.inbox, isRead: true })
  await app.request('PATCH', `/api/v1/mail/messages/${id}`, {
    as: 'dora',
    body: { folder_id: dora.archive, is_read: false },
  })
  const { body } = await get('dora')
  const counts = body.items.map((folder: Folder) => [
    folder.path,
    folder.total_count,
    folder.unread_count,
    folder.is_selectable,
  ])
  assert.deepEqual(counts, [
    ['INBOX', 1, 1, true],
    ['Archive', 1, 1, true],
    ['Projects', 0, 0, false],
  ])
})

test('an account of somebody else answers 404, garbage 400', async () => {
  const erin = await app.mailboxOf('erin')
  await app.mailboxOf('frank')
  const foreign = await get('frank', `?mail_account_id=${erin.mailAccountId}`)
  assert.deepEqual([foreign.status, foreign.body.code], [404, 'not_found'])
  const cursorOf = (key: unknown) => Buffer.from(JSON.stringify(key)).toString('base64url')
  const id = crypto.randomUUID()
  for (const cursor of [
    'x',
    cursorOf(['x', 1, 'a']),
    cursorOf([id, 1.5, 'a']),
    cursorOf([id, 1, 'a\0']),
    cursorOf([id, 1]),
  ]) {
    assert.equal((await get('frank', `?cursor=${cursor}`)).status, 400)
  }
  assert.equal((await get('frank', `?cursor=${cursorOf([id, 2 ** 52, 'a'])}`)).status, 200)
  for (const query of ['?colour=red', '?limit=0', '?mail_account_id=7'])
    assert.equal((await get('frank', query)).status, 400)
})
