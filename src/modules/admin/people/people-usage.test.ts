import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { administratorSettings, createAdministration } from '../../../../test/fixtures/administrators.ts'
import { startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { startNextcloud } from '../../../../test/harness/nextcloud.ts'

suite('what the suite knows of people', async () => {
  const nextcloud = await startNextcloud()
  const app = await startMailboxApp({ ...administratorSettings, ...nextcloud.settings })
  after(async () => {
    await app.close()
    await nextcloud.close()
  })
  const { as, expect } = createAdministration(app)

  test('is when they were here, how they come in, their mail accounts and what they keep', async () => {
    const bob = await app.mailboxOf('bob')
    await app.addMessage(bob, { folderId: bob.inbox, subject: 'Kept' })
    await app.database.updateTable('mail_message').set({ size_bytes: 1000 }).execute()
    for (const [path, body] of [
      ['/account/tokens', { name: 'A program', permissions: ['account:read'] }],
      ['/account/devices', { name: 'Phone' }],
      ['/drive/folders', { path: '/Papers' }],
    ] as const) {
      const made = await as('bob', [], 'POST', `/api/v1${path}`, { body })
      assert.equal(made.status, 201, JSON.stringify(made.body))
    }
    const { usage, last_seen_at, created_at } = await expect(200, 'GET', `/people/${bob.ownerId}`)
    const { devices, personal_tokens, mail_accounts, mail_bytes } = usage
    assert.deepEqual([devices, personal_tokens, mail_accounts, mail_bytes], [1, 1, 1, 1000])
    assert.ok(last_seen_at >= created_at)
    const { items } = await expect(200, 'GET', `/people/${bob.ownerId}/quotas`)
    assert.deepEqual(
      items.map(({ kind, used }: { kind: string; used: number }) => [kind, used]),
      [
        ['mail', 1000],
        ['attachments', 0],
        ['drive', 0],
      ],
    )
  })
})
