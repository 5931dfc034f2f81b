import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { sql } from 'kysely'
import { administratorSettings, createAdministration } from '../../../../test/fixtures/administrators.ts'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { insertFolder } from '../../../../test/fixtures/mailbox-rows.ts'
import { eventually } from '../../../../test/harness/eventually.ts'

suite('an account that its owner lends', () => {
  let app: MailboxApp
  let admin: ReturnType<typeof createAdministration>

  before(async () => {
    app = await startMailboxApp({ ...administratorSettings, ULTID_ROLES: 'api,jobs' })
    admin = createAdministration(app)
  })
  after(() => app.close())

  const call = async (as: string, status: number, method: string, path: string, body?: object) => {
    const answer = await app.request(method, `/api/v1${path}`, { as, body })
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const lend = (owner: MailboxOwner, personId: string, role = 'read') =>
    call(owner.user, 200, 'PUT', `/mail/accounts/${owner.mailAccountId}/grants`, { person_id: personId, role })
  const isSeenBy = (name: string, { mailAccountId }: MailboxOwner) =>
    eventually(() => call(name, 200, 'GET', `/mail/accounts/${mailAccountId}`), { timeoutMs: 60_000 })

  test('is seen as it was by its owner and by whoever has a role, with all that was in it, and no other of theirs', async () => {
    const olga = await app.mailboxOf('olga')
    const other = await insertFolder(app.database, olga, { path: 'Other' })
    const ids: string[] = []
    for (const folderId of [olga.inbox, olga.inbox, other]) {
      ids.push(await app.addMessage(olga, { folderId, text: 'Wombat', isRead: folderId === other }))
    }
    const second = await app.mailboxOf('olga')
    const [id = ''] = ids
    const label = await call('olga', 201, 'POST', '/mail/labels', { name: 'Urgent' })
    await call('olga', 200, 'POST', '/mail/acts', { action: 'label', message_ids: [id], label_ids: [label.id] })
    const upload = await app.request('POST', '/api/v1/mail/uploads/content?filename=a.txt', {
      ...{ as: 'olga', body: { any: 'bytes' } },
    })
    const draft = await call('olga', 201, 'POST', '/mail/drafts', {
      ...{ mail_account_id: olga.mailAccountId, subject: 'Later', attachments: [{ upload_id: upload.body.id }] },
    })
    const rule = await call('olga', 201, 'POST', '/mail/rules', {
      ...{ name: 'Mark', mail_account_id: olga.mailAccountId, condition: { match: 'any', conditions: [] } },
      actions: [{ type: 'label', label_ids: [label.id] }],
    })
    const seen = async () => ({
      messages: await Promise.all(ids.map((one) => call('olga', 200, 'GET', `/mail/messages/${one}`))),
      folders: (await call('olga', 200, 'GET', `/mail/folders?mail_account_id=${olga.mailAccountId}`)).items,
    })
    const before = await seen()

    await lend(olga, await admin.personId('paul'))
    const account = await isSeenBy('paul', olga)
    assert.deepEqual([account.role, account.owner], ['read', { kind: 'person', name: 'olga' }])
    const after = await seen()
    const withoutLabels = (all: typeof before) =>
      JSON.parse(JSON.stringify(all, (key, value) => (key === 'label_ids' || key === 'body' ? undefined : value)))
    assert.deepEqual(withoutLabels(after), withoutLabels(before))
    assert.deepEqual(after.folders, before.folders)
    const [labelled] = after.messages
    const [copied] = (
      await app.request('GET', '/api/v1/mail/labels', {
        ...{ as: 'paul', headers: { 'mail-account': olga.mailAccountId } },
      })
    ).body.items
    assert.deepEqual([labelled.label_ids, copied.name], [[copied.id], 'Urgent'])
    const moved = await call('olga', 200, 'GET', `/mail/rules/${rule.id}`)
    assert.deepEqual(moved.actions[0].label_ids, [copied.id])
    const kept = await call('olga', 200, 'GET', `/mail/drafts/${draft.id}`)
    assert.equal(kept.attachments[0].filename, 'a.txt')
    const file = await app.request('GET', `/api/v1/mail/uploads/${upload.body.id}/content`, {
      ...{ as: 'olga', headers: { 'mail-account': olga.mailAccountId } },
    })
    assert.equal(file.status, 200)

    const ofPaul = (await call('paul', 200, 'GET', '/mail/accounts')).items
    assert.deepEqual(
      ofPaul.map((one: { id: string }) => one.id),
      [olga.mailAccountId],
    )
    await call('paul', 404, 'GET', `/mail/accounts/${second.mailAccountId}`)
    const found = (await call('paul', 200, 'GET', '/search?q=wombat&types=mail.message')).items
    assert.equal(found.length, ids.length)
    // Nothing of it is left with its owner's own mail.
    const tables = [
      'mail_account',
      'mail_folder',
      'mail_message',
      'mail_location',
      'mail_search',
      'mail_draft',
      'mail_rule',
    ]
    for (const table of tables) {
      const column = table === 'mail_account' ? 'id' : 'mail_account_id'
      const { rows } = await sql`select from ${sql.table(table)}
        where owner_id = ${olga.ownerId} and ${sql.ref(column)} = ${olga.mailAccountId}`.execute(app.database)
      assert.equal(rows.length, 0, table)
    }
  })

  test('is managed by its owner, who alone disconnects it, and then it is gone for all', async () => {
    const quinn = await app.mailboxOf('quinn')
    const helper = await admin.personId('rita')
    const { id } = await lend(quinn, helper, 'manage')
    await isSeenBy('rita', quinn)
    const path = `/mail/accounts/${quinn.mailAccountId}`
    assert.equal((await call('rita', 200, 'GET', `${path}/grants`)).items.length, 1)
    await call('rita', 403, 'DELETE', path)
    await call('quinn', 204, 'DELETE', `${path}/grants/${id}`)
    await call('rita', 404, 'GET', path)
    await lend(quinn, helper)
    await call('rita', 200, 'GET', path)
    await call('quinn', 204, 'DELETE', path)
    await call('rita', 404, 'GET', path)
    await eventually(
      async () => {
        const { rows } = await sql`select from mail_mailbox where lender_id = ${quinn.ownerId}
          union all select from principal where kind = 'mailbox' and display_name like ${`${quinn.mailAccountId}%`}`.execute(
          app.database,
        )
        assert.equal(rows.length, 0)
      },
      { timeoutMs: 60_000 },
    )
  })

  test('is neither synced nor sent from while its owner is suspended', async () => {
    const sven = await app.mailboxOf('sven')
    await lend(sven, await admin.personId('tom'))
    await isSeenBy('tom', sven)
    const isSuspended = async () => {
      const { rows } = await sql<{ is: boolean }>`
        select suspended_at is not null as is from principal join mail_mailbox on owner_id = id
        where lender_id = ${sven.ownerId}`.execute(app.database)
      return rows[0]?.is
    }
    await admin.expect(200, 'PUT', `/people/${sven.ownerId}/suspension`)
    assert.equal(await isSuspended(), true)
    await admin.expect(200, 'DELETE', `/people/${sven.ownerId}/suspension`)
    assert.equal(await isSuspended(), false)
  })
})
