import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { createLog } from '../../../platform/observability/log.ts'
import { createMailActs } from '../acts/mail-acts.ts'
import type { RetentionRule } from '../policies.ts'
import { createWake } from '../wake.ts'
import { retentionSweep } from './retention.ts'

suite('retention of mail', async () => {
  const app = await startMailboxApp()
  after(() => app.close())
  const owner = await app.mailboxOf('alice')
  const { database, transact, events, cache } = app.app.platform
  const subjects = async (folderId: string) => {
    const { body } = await app.request('GET', `/api/v1/mail/messages?folder_id=${folderId}`, { as: 'alice' })
    return body.items.map(({ subject }: { subject: string }) => subject).sort()
  }
  const run = (rules: readonly RetentionRule[]) =>
    retentionSweep({
      ...{ database, transact, events, acts: createMailActs(createWake(cache)) },
      log: createLog({ level: 'error', format: 'json' }),
      policies: {
        requireHosts: async () => undefined,
        requireForwarding: async () => undefined,
        requireAttachment: async () => undefined,
        quota: async () => null,
        footers: async () => ({ items: [], internalDomains: [] }),
        retention: async (ownerId) => (ownerId === owner.ownerId ? rules : []),
      },
    }).run()
  const add = async (subject: string, folderId: string, days: number) => {
    const id = await app.addMessage(owner, { folderId, subject, from: { name: '', email: 'a@b.test' }, text: 'x' })
    const at = new Date(Date.now() - days * 86_400_000)
    await database.updateTable('mail_message').set({ received_at: at }).where('id', '=', id).execute()
    return id
  }

  test('deletes for good what is too old in folders of a role, and nothing else', async () => {
    await add('old', owner.inbox, 31)
    await add('young', owner.inbox, 29)
    await add('elsewhere', owner.archive, 400)
    await run([{ folder_role: 'inbox', days: 30 }])
    assert.deepEqual(await subjects(owner.inbox), ['young'])
    assert.deepEqual(await subjects(owner.archive), ['elsewhere'])
    await run([])
    assert.deepEqual(await subjects(owner.archive), ['elsewhere'])
  })

  test('deletes what bears a label, wherever it lies', async () => {
    const { body } = await app.request('POST', '/api/v1/mail/labels', { as: 'alice', body: { name: 'Applications' } })
    const [labelled, other] = [await add('labelled', owner.archive, 200), await add('not labelled', owner.archive, 200)]
    assert.ok(other)
    const act = { action: 'label', message_ids: [labelled], label_ids: [body.id] }
    assert.equal((await app.request('POST', '/api/v1/mail/acts', { as: 'alice', body: act })).status, 200)
    await run([{ label: 'applications', days: 180 }])
    assert.deepEqual(await subjects(owner.archive), ['elsewhere', 'not labelled'])
  })
})
