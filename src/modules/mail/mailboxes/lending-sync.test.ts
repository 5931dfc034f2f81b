import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { letter } from '../../../../test/fixtures/sync-suite.ts'
import { startTestApp, type TestApp } from '../../../../test/harness/app.ts'
import { type Dovecot, startDovecot } from '../../../../test/harness/dovecot.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { skipWithoutDovecot } from '../../../../test/harness/servers.ts'
import { type SmtpSink, startSmtpSink } from '../../../../test/harness/smtp-sink.ts'

suite('an account that is synced while it is lent', { skip: skipWithoutDovecot }, () => {
  let app: TestApp
  let dovecot: Dovecot
  let sink: SmtpSink

  before(async () => {
    dovecot = await startDovecot()
    sink = await startSmtpSink({ username: 'alice@example.test', password: dovecot.user('alice').password })
    app = await startTestApp({ ULTID_ROLES: 'api,sync,jobs' })
  })
  after(async () => {
    await app.close()
    await Promise.all([dovecot.close(), sink.close()])
  })

  test('keeps its messages under their ids, and goes on to be synced for both', async () => {
    const call = async (as: string, status: number, method: string, path: string, body?: object) => {
      const answer = await app.request(method, `/api/v1${path}`, { as, body })
      assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
      return answer.body
    }
    const user = dovecot.user('alice')
    await dovecot.deliver(user, letter('before'))
    const login = { host: '127.0.0.1', ...user, security: 'none' }
    const { id } = await call('ann', 201, 'POST', '/mail/accounts', {
      ...{ email: user.username, imap: { ...login, port: dovecot.port }, smtp: { ...login, port: sink.port } },
    })
    const inbox = async (as: string): Promise<{ id: string; subject: string }[]> =>
      (await call(as, 200, 'GET', '/mail/messages?role=inbox')).items
    const subjects = async (as: string) => (await inbox(as)).map(({ subject }) => subject).sort()
    const patience = { timeoutMs: 60_000 }
    await eventually(async () => assert.deepEqual(await subjects('ann'), ['before']), patience)
    await eventually(async () => {
      assert.equal((await call('ann', 200, 'GET', `/mail/accounts/${id}`)).state, 'synced')
    }, patience)
    const [first] = await inbox('ann')
    const ben = await call('ben', 200, 'GET', '/account/')
    await call('ann', 200, 'PUT', `/mail/accounts/${id}/grants`, { person_id: ben.id, role: 'send' })
    await eventually(async () => assert.deepEqual(await subjects('ben'), ['before']), patience)
    await dovecot.deliver(user, letter('after'))
    for (const name of ['ann', 'ben']) {
      await eventually(async () => assert.deepEqual(await subjects(name), ['after', 'before']), patience)
    }
    assert.ok((await inbox('ben')).some((message) => message.id === first?.id))
    await call('ben', 200, 'POST', '/mail/acts', { action: 'archive', message_ids: [first?.id] })
    await eventually(async () => assert.deepEqual(await subjects('ann'), ['after']), patience)
  })
})
