import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { settingsFor } from './harness/command-line.ts'
import { eventually } from './harness/eventually.ts'
import { startIssuer } from './harness/issuer.ts'
import { openTestDatabase } from './harness/open-database.ts'
import { startUltid } from './harness/processes.ts'
import { createTempDir } from './harness/temp-dir.ts'

suite('a node that logs all it can', async () => {
  const [opened, issuer, objects] = [await openTestDatabase(), await startIssuer(), await createTempDir('objects')]
  after(() => Promise.all([opened.close(), issuer.close(), objects.remove()]))

  test('writes down no token, password, cookie or ticket, however it came and whatever became of it', async (t) => {
    const settings = settingsFor(opened.url, { issuer: issuer.url, objects: objects.path })
    const node = await startUltid({ ...settings, ULTID_LOG_LEVEL: 'trace' })
    t.after(() => node.kill())
    const token = await issuer.token({ sub: 'alice' })
    const expired = await issuer.token({ sub: 'alice' }, { expiresInSeconds: -10 })
    const foreign = await issuer.token({ sub: 'alice' }, { key: 'foreign' })
    const secrets = { imap: 'imap-secret-4711', smtp: 'smtp-secret-4712', cookie: 'cookie-secret-4713' }
    const others = { ticket: 'ticket-secret-4714', basic: 'basic-secret-4715', broken: 'broken-secret-4716' }
    const ask = async (path: string, headers: Record<string, string>, body?: string) => {
      const json: Record<string, string> = body ? { 'content-type': 'application/json' } : {}
      const init = { method: body ? 'POST' : 'GET', headers: { ...headers, ...json }, ...(body && { body }) }
      const answer = await fetch(node.url + path, init)
      return { id: answer.headers.get('x-request-id'), text: await answer.text() }
    }
    const place = { host: '127.0.0.1', port: 9, security: 'none', username: 'alice' }
    const account = JSON.stringify({
      email: 'alice@example.test',
      imap: { ...place, password: secrets.imap },
      smtp: { ...place, password: secrets.smtp },
    })
    const bearer = { authorization: `Bearer ${token}` }
    const basic = `Basic ${Buffer.from(`alice:${others.basic}`).toString('base64')}`

    const answers = [
      await ask('/api/v1/mail/accounts', { authorization: `Bearer ${expired}` }),
      await ask('/api/v1/mail/accounts', { authorization: `Bearer ${foreign}` }),
      await ask('/api/v1/mail/accounts', {
        cookie: `ulti_session=${secrets.cookie}; __Host-ulti_session=${secrets.cookie}`,
      }),
      await ask(`/api/v1/events/stream?ticket=${others.ticket}`, {}),
      await ask('/remote.php/dav/', { authorization: basic }),
      await ask('/api/v1/mail/accounts', bearer, `{"password": "${others.broken}", `),
      await ask('/api/v1/mail/accounts', bearer, account.replace('"alice@example.test"', '7')),
      await ask('/api/v1/mail/accounts', bearer, account),
    ]
    await eventually(() => {
      for (const { id } of answers) assert.ok(id && node.logs.some((line) => line.includes(id)), `no line of ${id}`)
    })
    const said = [...node.logs, ...answers.map(({ text }) => text)].join('\n')
    const signatures = [token, expired, foreign].map((one) => one.split('.')[2] ?? '')
    for (const secret of [...Object.values({ ...secrets, ...others }), ...signatures, basic.slice(6)]) {
      assert.ok(!said.includes(secret), `${secret} is in: ${said.split('\n').find((line) => line.includes(secret))}`)
    }
  })
})
