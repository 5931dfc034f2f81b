import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { request as httpRequest } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, suite, test } from 'node:test'
import pg from 'pg'
import { WebSocket } from 'ws'
import { startTestApp, type TestApp } from './harness/app.ts'
import { eventually } from './harness/eventually.ts'
import { skipWithoutPromtool } from './harness/servers.ts'

suite('metrics', async () => {
  const app = await startTestApp({ ULTID_ROLES: 'api,sync,jobs' })
  after(app.close)
  await useOddly(app)

  test('hold to the conventions of Prometheus', { skip: skipWithoutPromtool }, async () => {
    assert.deepEqual(await promtool(await metricsOf(app)), { code: 0, words: '' })
  })

  test('are all of this program, and all that the operator is promised', async () => {
    const names = new Set([...(await metricsOf(app)).matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name))
    assert.deepEqual(
      [...names].filter((name) => !name.startsWith('ultid_')),
      [],
    )
    for (const name of promised) assert.ok(names.has(name), name)
  })

  test('have labels of few values whatever is asked for', async () => {
    for (const { line, label, value } of labelsOf(await metricsOf(app))) {
      const allowed = allowedValues[label]
      assert.ok(allowed, `the label ${label} of ${line}`)
      assert.match(value, allowed, line)
    }
  })

  test('count what happened', async () => {
    const lines = (await metricsOf(app)).split('\n')
    const has = (line: RegExp) =>
      assert.ok(
        lines.some((one) => line.test(one)),
        String(line),
      )
    has(/^ultid_build_info\{version="0.0.0-test",node="\d+\.\d+\.\d+"\} 1$/)
    has(/^ultid_upstream_errors_total\{system="imap",operation="connect",kind="mail.host_unreachable"\} [1-9]/)
    has(/^ultid_upstream_duration_seconds_count\{system="oidc",operation="keys"\} [1-9]/)
    has(/^ultid_mail_accounts\{state="synced"\} 0$/)
    has(/^ultid_mail_outbox_messages\{state="queued"\} 0$/)
    has(/^ultid_database_pool_connections\{state="idle"\} \d+$/)
    has(/^ultid_nodejs_eventloop_lag_seconds /)
    has(/^ultid_http_request_duration_seconds_count\{route="unmatched",method="other",status="404"\} [1-9]/)
  })

  test('a socket counts while it is open, and its hours are no duration of a request', async () => {
    const headers = { authorization: `Bearer ${await app.token('alice')}` }
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/ws`, { headers })
    await new Promise((resolve, reject) => socket.once('message', resolve).once('error', reject))
    assert.match(await metricsOf(app), /^ultid_websocket_connections 1$/m)
    socket.close()
    await eventually(async () => assert.match(await metricsOf(app), /^ultid_websocket_connections 0$/m))
    assert.doesNotMatch(await metricsOf(app), /route="\/ws"/)
  })

  test('a table that cannot be read leaves its gauges out and nothing else', async () => {
    const client = new pg.Client({ connectionString: app.databaseUrl })
    await client.connect()
    await client.query('alter table mail_account rename to mail_account_away')
    try {
      await eventually(async () => {
        const found = await metricsOf(app)
        assert.doesNotMatch(found, /^ultid_mail_accounts\{/m)
        assert.match(found, /^ultid_mail_outbox_messages\{/m)
      })
    } finally {
      await client.query('alter table mail_account_away rename to mail_account')
      await client.end()
    }
  })
})

const promised = [
  ...['ultid_http_request_duration_seconds', 'ultid_build_info', 'ultid_websocket_connections'],
  ...['ultid_events_delivered_total', 'ultid_event_delivery_lag_seconds'],
  ...['ultid_mail_accounts', 'ultid_mail_accounts_late', 'ultid_mail_oldest_sync_seconds'],
  ...['ultid_mail_messages_synced_total', 'ultid_mail_sync_errors_total'],
  ...['ultid_mail_outbox_messages', 'ultid_mail_outbox_oldest_due_seconds', 'ultid_mail_sends_total'],
  ...['ultid_jobs', 'ultid_jobs_oldest_due_seconds', 'ultid_job_failures_total', 'ultid_job_duration_seconds'],
  ...['ultid_upstream_duration_seconds', 'ultid_upstream_errors_total'],
  ...['ultid_database_pool_connections', 'ultid_database_pool_size', 'ultid_database_pool_waiting'],
  ...['ultid_nodejs_eventloop_lag_p99_seconds', 'ultid_process_resident_memory_bytes'],
  ...['ultid_webhook_deliveries_total', 'ultid_webhook_duration_seconds', 'ultid_webhook_endpoints'],
  ...['ultid_webhook_oldest_due_seconds'],
  ...['ultid_secret_rotation_due_seconds', 'ultid_disk_free_bytes', 'ultid_disk_size_bytes'],
]

const word = /^[a-z0-9_.]+$/
const allowedValues: Readonly<Record<string, RegExp>> = {
  route: /^(unmatched|\*|(\/(:?[a-z_]+|\.?[a-z.]+|\*|v1))+\/?)$/i,
  method: /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|other)$/,
  status: /^[1-5]\d\d$/,
  le: /^(\+Inf|[\d.e-]+)$/,
  quantile: /^[\d.]+$/,
  version: /^0\.0\.0-test$|^v\d+\.\d+\.\d+$/,
  node: /^\d+\.\d+\.\d+$/,
  ...{ major: /^\d+$/, minor: /^\d+$/, patch: /^\d+$/ },
  ...{ space: word, type: /^[A-Za-z]+$/, kind: /^[A-Za-z_.]+$/ },
  ...{ state: word, job: word, system: /^(imap|smtp|oidc|s3)$/, operation: word, outcome: word },
}

/** What only somebody who means no good, or a scanner, asks for. */
async function useOddly(app: TestApp): Promise<void> {
  for (let i = 0; i < 20; i++) {
    await app.request('GET', `/made-up/${crypto.randomUUID()}?made=up`)
    await app.request('GET', `/api/v1/mail/messages/${crypto.randomUUID()}`, { as: `made-up-${i}` })
    await app.request('GET', `/api/v1/mail/messages/made-up-${i}`, { as: 'alice' })
  }
  await app.request('GET', '/%zz', { as: 'alice' })
  await app.request('GET', '/api/v1/mail/folders', { headers: { authorization: 'Bearer made.up.token' } })
  for (const method of ['PROPFIND', 'M-SEARCH', 'QUERY', 'TRACE', 'REPORT']) await ask(app.url, method)
  const server = { host: '127.0.0.1', port: 1, security: 'none', username: 'made-up', password: 'made-up' }
  await app.request('POST', '/api/v1/mail/accounts', {
    as: 'alice',
    body: { email: 'made-up@example.test', imap: server, smtp: server },
  })
}

/** `fetch` refuses some methods. */
const ask = (url: string, method: string): Promise<void> =>
  new Promise((resolve, reject) => {
    httpRequest(`${url}/made-up`, { method }, (answer) => answer.resume().once('end', resolve))
      .once('error', reject)
      .end()
  })

async function metricsOf(app: TestApp): Promise<string> {
  const answer = await fetch(`${app.url}/metrics`)
  assert.equal(answer.status, 200)
  return answer.text()
}

function* labelsOf(metrics: string) {
  for (const line of metrics.split('\n')) {
    for (const [, label = '', value = ''] of line.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      if (!line.startsWith('#')) yield { line, label, value }
    }
  }
}

async function promtool(metrics: string): Promise<{ code: number | null; words: string }> {
  const child = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] })
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  child.stdin.end(metrics)
  const words = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await closed, words: words.join('') }
}
