import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import { startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { insertFolder } from '../../../../test/fixtures/mailbox-rows.ts'
import { createFolderStore } from '../reading/folder-store.ts'
import { createMessageStore } from '../reading/message-store.ts'
import { eventDocuments } from './event-documents.ts'
import { createMailWebhooks } from './mail-webhooks.ts'

suite('what mail sends by webhooks', async () => {
  const app = await startMailboxApp()
  after(app.close)
  const { database } = app
  const catalog = createMailWebhooks({ messages: createMessageStore(database), folders: createFolderStore(database) })

  test('every event is in the section "webhooks" of the API document, its example true to its schema', async () => {
    const { webhooks } = (await app.request('GET', '/api/v1/openapi.json')).body
    const ajv = new Ajv({ strict: false })
    formats.default(ajv)
    const own = ['mail.webhook_paused', 'mail.webhook_disabled', 'mail.webhook_tested']
    assert.deepEqual(Object.keys(webhooks).sort(), [...Object.keys(eventDocuments), ...own].sort())
    for (const [type, { post }] of Object.entries<{
      post: { summary: string; requestBody: { content: Record<string, { schema: object; example: object }> } }
    }>(webhooks)) {
      const { schema, example } = post.requestBody.content['application/json'] ?? {}
      assert.ok(post.summary && schema && example, type)
      assert.ok(ajv.validate(schema, example), `${type}: ${ajv.errorsText()}`)
    }
  })

  test('events about one message keep one order, those about others their own', () => {
    const orderOf = (type: string, data: Record<string, string>) => catalog.orderKeyOf({ type, data })
    const ids = { mail_account_id: 'a', folder_id: 'f', message_id: 'm' }
    assert.equal(orderOf('mail.message_created', ids), 'm')
    assert.equal(orderOf('mail.rule_executed', { ...ids, rule_id: 'r' }), 'm')
    assert.equal(orderOf('mail.folder_updated', { mail_account_id: 'a', folder_id: 'f' }), 'f')
    assert.equal(orderOf('mail.message_sent', { mail_account_id: 'a', outbox_id: 'o' }), 'o')
    assert.equal(orderOf('mail.account_updated', { mail_account_id: 'a' }), 'a')
    assert.equal(orderOf('mail.sender_blocked', {}), 'mail.sender_blocked')
  })

  test('a full payload has the message, folder or mailbox that an event is about, of its owner alone', async () => {
    const [alice, bob] = [await app.mailboxOf('alice'), await app.mailboxOf('bob')]
    const message_id = await app.addMessage(alice, { folderId: alice.inbox, subject: 'Mine' })
    const folder_id = await insertFolder(database, alice, { path: 'Another' })
    const mail_account_id = alice.mailAccountId
    const events = [
      { type: 'mail.message_updated', data: { mail_account_id, message_id } },
      { type: 'mail.folder_created', data: { mail_account_id, folder_id } },
      { type: 'mail.account_updated', data: { mail_account_id } },
      { type: 'mail.message_deleted', data: { mail_account_id, message_id: alice.ownerId } },
      { type: 'mail.draft_created', data: { mail_account_id, draft_id: message_id } },
    ]
    const found = await catalog.resourcesOf(database, alice.ownerId, events)
    assert.deepEqual(
      found.map((one) => one && Object.keys(one)),
      [['message'], ['folder'], ['mail_account'], undefined, undefined],
    )
    assert.match(JSON.stringify(found[0]), /"subject":"Mine"/)
    assert.match(JSON.stringify(found[1]), /"path":"Another"/)
    assert.doesNotMatch(JSON.stringify(found), /secret|password/)
    assert.deepEqual(
      await catalog.resourcesOf(database, bob.ownerId, events),
      events.map(() => undefined),
    )
  })
})
