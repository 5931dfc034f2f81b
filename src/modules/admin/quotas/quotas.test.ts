import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { administratorSettings, createAdministration } from '../../../../test/fixtures/administrators.ts'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'

suite('quotas of mail and attachments', () => {
  let app: MailboxApp
  let admin: ReturnType<typeof createAdministration>
  let bob: MailboxOwner

  before(async () => {
    app = await startMailboxApp(administratorSettings)
    admin = createAdministration(app)
    bob = await app.mailboxOf('bob')
    await app.addMessage(bob, { folderId: bob.inbox, subject: 'Kept' })
    await app.database
      .updateTable('mail_message')
      .set({ size_bytes: 1000 })
      .where('owner_id', '=', bob.ownerId)
      .execute()
  })
  after(() => app.close())

  /** As bob, whom the sign-in service names a teacher. */
  const asBob = (method: string, path: string, body?: unknown) =>
    admin.as('bob', ['teachers'], method, `/api/v1${path}`, { body })
  const upload = async (text: string) => {
    const { status, body } = await asBob('POST', '/mail/uploads/content?filename=note.txt', text)
    return [status, body?.code]
  }
  const setOwn = (body: object) => admin.expect(200, 'PUT', `/people/${bob.ownerId}/quotas`, { body })

  test('are set for groups over the version that was seen, and written down with what was before', async () => {
    const first = await admin.admin('GET', '/quotas')
    assert.deepEqual(first.body, { everybody: {}, groups: [] })
    const body = { everybody: { mail: 500 }, groups: [{ group: 'teachers', limits: { mail: 5000, attachments: 20 } }] }
    const put = (etag: string) => admin.admin('PUT', '/quotas', { body, headers: { 'if-match': etag } })
    const second = await put(first.headers.get('etag') ?? '')
    assert.deepEqual([second.status, second.body], [200, body])
    assert.equal((await put(first.headers.get('etag') ?? '')).body.code, 'etag_mismatch')
    assert.equal(
      (await put(second.headers.get('etag') ?? '')).status,
      200,
      'the ETag of the answer is that of the next',
    )
    const { items } = await admin.expect(200, 'GET', '/audit/entries?action=admin.group_quotas_changed')
    assert.deepEqual(items.at(-1).details, { before: { everybody: {}, groups: [] }, after: body })
  })

  test('are told to administrators and to the person, next to what is used', async () => {
    await asBob('GET', '/account/')
    const expected = [
      { kind: 'mail', used: 1000, quota: 5000, said_by: 'group', group: 'teachers' },
      { kind: 'attachments', used: 0, quota: 20, said_by: 'group', group: 'teachers' },
    ]
    assert.deepEqual((await admin.expect(200, 'GET', `/people/${bob.ownerId}/quotas`)).items, expected)
    assert.deepEqual((await admin.expect(200, 'GET', `/people/${bob.ownerId}`)).quotas, expected)
    const [listed] = (await admin.expect(200, 'GET', '/people?search=bob')).items
    assert.deepEqual(listed.quotas, expected)
    const own = await asBob('GET', '/account/storage')
    assert.deepEqual(
      own.body.items,
      expected.map(({ kind, used, quota }) => ({ kind, used, quota })),
    )
    await admin.expect(404, 'GET', '/people/019a0000-0000-7000-8000-000000000000/quotas')
  })

  test('of attachments count files that wait, equal ones once, and refuse what is beyond them', async () => {
    assert.deepEqual(await upload('0123456789'), [201, undefined])
    assert.deepEqual(await upload('0123456789'), [201, undefined])
    const [, attachments] = (await admin.expect(200, 'GET', `/people/${bob.ownerId}/quotas`)).items
    assert.equal(attachments.used, 10)
    assert.deepEqual(await upload('another file'), [507, 'mail.attachment_storage_full'])
    const announced = await asBob('POST', '/mail/uploads', { filename: 'large.bin', size_bytes: 11 })
    assert.deepEqual([announced.status, announced.body.code], [507, 'mail.attachment_storage_full'])
    const { rows } = await app.app.platform.pool.query('select count(*)::int as blobs from mail_blob')
    assert.deepEqual(rows, [{ blobs: 1 }], 'nothing of what was refused is kept')
  })

  test('of files that come at once are kept together', async () => {
    await setOwn({ attachments: 10 + 9 })
    const answers = await Promise.all(['aaaaa', 'bbbbb', 'ccccc', 'ddddd'].map(upload))
    assert.equal(answers.filter(([status]) => status === 201).length, 1, JSON.stringify(answers))
  })

  test('of the person win over those of their groups until they are taken back', async () => {
    await setOwn({ attachments: null })
    assert.deepEqual(await upload('as much as one likes'), [201, undefined])
    await setOwn({})
    assert.deepEqual(await upload('too much again'), [507, 'mail.attachment_storage_full'])
    const { items } = await admin.expect(200, 'GET', '/audit/entries?action=admin.quotas_changed')
    assert.deepEqual(items[0].details, { before: { attachments: null }, after: {} })
  })

  test('of mail keep out what a person would bring, never what arrives', async () => {
    const file = { folder_id: bob.archive, format: 'mbox', filename: 'old.mbox' }
    await setOwn({ mail: 1100 })
    const started = await asBob('POST', '/mail/imports', file)
    assert.equal(started.status, 201, JSON.stringify(started.body))
    const bring = (bytes: number) => asBob('PUT', `/mail/imports/${started.body.id}/content`, 'x'.repeat(bytes))
    const refused = await bring(200)
    assert.deepEqual([refused.status, refused.body.code], [507, 'mail.storage_full'])
    await setOwn({ mail: 900 })
    assert.equal((await asBob('POST', '/mail/imports', file)).body.code, 'mail.storage_full')
    const server = { host: '127.0.0.1', port: 1, security: 'none', username: 'x', password: 'y' }
    const account = { email: 'second@ulti.example', imap: server, smtp: server }
    assert.equal((await asBob('POST', '/mail/accounts', account)).body.code, 'mail.storage_full')
    await app.addMessage(bob, { folderId: bob.inbox, subject: 'Arrives' })
    await setOwn({})
    assert.equal((await bring(50)).status, 200)
  })

  test('are no matter of administrators of other kinds, nor of people with more permissions', async () => {
    const root = (await admin.as('root', ['ulti-admins'], 'GET', '/api/v1/account/')).body.id
    const path = `/api/v1/admin/people/${root}/quotas`
    const answer = await admin.as('users-admin', ['users-admins'], 'PUT', path, { body: { mail: 1 } })
    assert.deepEqual([answer.status, answer.body.code], [403, 'auth.forbidden'])
  })
})
