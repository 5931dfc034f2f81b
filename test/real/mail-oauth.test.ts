import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type OAuthMail, startOAuthMail } from '../fixtures/oauth-mail.ts'
import { eventually } from '../harness/eventually.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'

const letter = (subject: string) => `From: bob@example.test\nTo: alice@example.test\nSubject: ${subject}\n\nHello\n`
const patient = { timeoutMs: 30_000 }

suite('mailboxes that are signed in to by OAuth', { skip: skipWithoutDovecot }, () => {
  let mail: OAuthMail
  before(async () => {
    mail = await startOAuthMail({ ULTID_ROLES: 'api,sync,jobs' })
  })
  after(() => mail.close())

  const request = (as: string, method: string, path: string, body?: object) =>
    mail.app.request(method, `/api/v1/mail/${path}`, { as, ...(body && { body }) })
  const stateOf = async (as: string, id: string) => (await request(as, 'GET', `accounts/${id}`)).body.state
  const untilState = (as: string, id: string, state: string) =>
    eventually(async () => assert.equal(await stateOf(as, id), state), patient)

  async function listed(as: string): Promise<{ id: string; subject: string }[]> {
    const { body: folders } = await request(as, 'GET', 'folders')
    const inbox = folders.items.find(({ role }: { role: string }) => role === 'inbox')
    if (!inbox) return []
    return (await request(as, 'GET', `messages?folder_id=${inbox.id}`)).body.items
  }
  const untilListed = (as: string, subjects: string[]) =>
    eventually(async () => {
      const messages = await listed(as)
      assert.deepEqual(messages.map(({ subject }) => subject).sort(), subjects)
      return messages
    }, patient)

  test('from the sign-in on they are synced and sent from, over renewed tokens', async () => {
    const email = 'alice@example.test'
    await mail.dovecot.deliver(mail.dovecot.user('alice'), letter('First'))
    const { mail_account_id: id = '' } = await mail.signIn('ann', { email })
    await untilState('ann', id, 'synced')
    await untilListed('ann', ['First'])

    await mail.ageToken(id)
    mail.provider.expireAccess(email)
    const sent = await request('ann', 'POST', 'messages', {
      mail_account_id: id,
      to: [{ email: 'bob@example.test' }],
      subject: 'By token',
      text: 'Hi',
      undo_seconds: 0,
    })
    assert.equal(sent.status, 202)
    await eventually(() => assert.equal(mail.smtp.received.length, 1), patient)
    assert.equal(mail.smtp.received[0]?.from, email)
  })

  test('one whose grant was taken back waits for its owner, and goes on where it was', async () => {
    const user = mail.dovecot.user('bea')
    await mail.dovecot.deliver(user, letter('One'))
    await mail.dovecot.deliver(user, letter('Two'))
    const { mail_account_id: id = '' } = await mail.signIn('bea', { email: user.username })
    await untilState('bea', id, 'synced')
    const before = await untilListed('bea', ['One', 'Two'])

    mail.provider.revoke(user.username)
    await mail.dovecot.doveadm('kick', user.username)
    await untilState('bea', id, 'needs_reauthentication')
    const asked = mail.provider.refreshes
    await mail.dovecot.deliver(user, letter('Three'))
    const opened = await request('bea', 'GET', `messages/${before[0]?.id}/raw`)
    assert.equal(opened.status, 502)
    assert.equal(mail.provider.refreshes, asked)

    await mail.signIn('bea', { email: user.username, mail_account_id: id })
    await untilState('bea', id, 'synced')
    const after = await untilListed('bea', ['One', 'Three', 'Two'])
    const ids = new Set(after.map((message) => message.id))
    assert.ok(before.every((message) => ids.has(message.id)))
    const events = await mail.eventsOf(id)
    assert.equal(events.filter((event) => event === 'mail.message_created').length, 1)
    const states = events.filter((event) => /account_(created|updated)/.test(event)).slice(-4)
    const told = ['needs_reauthentication', 'connecting', 'syncing', 'synced']
    assert.deepEqual(
      states,
      told.map((state) => `mail.account_updated ${state}`),
    )
  })

  test('one whose new tokens are refused as well waits for its owner, too', async () => {
    const user = mail.dovecot.user('cleo')
    const { mail_account_id: id = '' } = await mail.signIn('cleo', { email: user.username })
    await untilState('cleo', id, 'synced')
    mail.provider.grantTo(user.username, 'somebody.else@example.test')
    await mail.dovecot.doveadm('kick', user.username)
    await untilState('cleo', id, 'needs_reauthentication')
    const { body } = await request('cleo', 'GET', `accounts/${id}`)
    assert.equal(body.error.code, 'mail.authentication_failed')
    assert.match(body.error.message, /OAuth/)
  })
})
