import assert from 'node:assert/strict'
import { after, suite, type TestContext, test } from 'node:test'
import { settingsFor } from '../../../test/harness/command-line.ts'
import { eventually } from '../../../test/harness/eventually.ts'
import { freePort } from '../../../test/harness/free-port.ts'
import { startIssuer } from '../../../test/harness/issuer.ts'
import { openTestDatabase } from '../../../test/harness/open-database.ts'
import { startUltid } from '../../../test/harness/processes.ts'
import { createTempDir } from '../../../test/harness/temp-dir.ts'
import { type ReceivedSpan, startTraceReceiver } from '../../../test/harness/trace-receiver.ts'
import { enqueue, jobName } from '../jobs/jobs.ts'

/** Has a process say which modules of OpenTelemetry it loads; prom-client brings the empty shell that its API is. */
const tellingLoads = `--import=data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  registerHooks({
    load(url, context, next) {
      if (/@opentelemetry\\/(?!api\\/)|open-telemetry/.test(url)) console.error('loaded ' + url)
      return next(url, context)
    },
  })`)}`

suite('tracing', async () => {
  const [opened, issuer, objects] = [await openTestDatabase(), await startIssuer(), await createTempDir('objects')]
  after(() => Promise.all([opened.close(), issuer.close(), objects.remove()]))
  const settings = settingsFor(opened.url, { issuer: issuer.url, objects: objects.path })
  const start = async (t: TestContext, environment: Record<string, string>) => {
    const node = await startUltid({ ...settings, ...environment })
    t.after(() => node.kill())
    const authorization = `Bearer ${await issuer.token({ sub: 'alice' })}`
    const ask = (path: string, init: { method?: string; body?: string; headers?: Record<string, string> } = {}) =>
      fetch(`${node.url}${path}`, { ...init, headers: { authorization, ...init.headers } })
    const logLine = (traceId: string | null) =>
      eventually(() => {
        const lines = node.logs.map((line) => JSON.parse(line) as Record<string, unknown>)
        return lines.find((line) => line.trace_id === traceId && line.msg === 'request') ?? assert.fail('no line yet')
      })
    return { ...node, ask, logLine }
  }
  const loadsOf = (logs: readonly string[]) => logs.filter((line) => line.startsWith('loaded '))

  test('loads nothing of OpenTelemetry unless it is told where to send traces', async (t) => {
    const node = await start(t, { NODE_OPTIONS: tellingLoads })
    assert.equal((await node.ask('/api/v1/mail/accounts')).status, 200)
    assert.deepEqual(loadsOf(node.logs), [])
  })

  test('ties answer, log and trace of a request, below the trace of its caller', async (t) => {
    const receiver = await startTraceReceiver()
    t.after(receiver.close)
    const node = await start(t, { OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/` })
    const [traceId, callerId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']
    const headers = { traceparent: `00-${traceId}-${callerId}-01` }
    const answer = await node.ask('/api/v1/mail/accounts?limit=7', { headers })
    const requestId = answer.headers.get('x-request-id')
    assert.equal((await node.logLine(requestId)).otel_trace_id, traceId)

    const ours = await eventually(() => {
      const found = receiver.spans.filter((span) => span.traceId === traceId)
      assert.ok(found.some(({ name }) => name === 'GET /api/v1/mail/accounts'))
      return found
    })
    assert.deepEqual([...receiver.services], ['ultid'])
    const server = spanNamed(ours, 'GET /api/v1/mail/accounts')
    assert.equal(server.parentSpanId, callerId)
    assert.deepEqual(server.attributes, {
      'http.request.method': 'GET',
      'http.route': '/api/v1/mail/accounts',
      'http.response.status_code': 200,
      'ultid.trace_id': requestId,
    })
    for (const name of ['oidc discovery', 'oidc keys', 'sql select']) {
      const span = spanNamed(ours, name)
      assert.equal(span.parentSpanId, server.spanId, name)
      assert.equal(span.isFailed, false)
    }
    const query = ours.find(({ attributes }) => String(attributes['db.query.text']).includes('from mail_account'))
    assert.match(String(query?.attributes['db.query.text']), /limit \$\d/)
    assert.ok(ours.every((span) => !JSON.stringify(span).includes('alice')))
  })

  test('shows what failed, by its code and without its words', async (t) => {
    const receiver = await startTraceReceiver()
    t.after(receiver.close)
    const node = await start(t, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })
    const server = {
      host: '127.0.0.1',
      port: await freePort(),
      security: 'none',
      username: 'alice',
      password: 'hunter2',
    }
    const answer = await node.ask('/api/v1/mail/accounts', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'alice@example.test', imap: server, smtp: server }),
    })
    assert.equal(answer.status, 422)
    await eventually(() => {
      const posted = spanNamed(receiver.spans, 'POST /api/v1/mail/accounts')
      for (const name of ['imap connect', 'smtp verify']) {
        const span = spanNamed(receiver.spans, name)
        assert.equal(span.parentSpanId, posted.spanId)
        assert.deepEqual([span.isFailed, span.attributes['error.type']], [true, 'mail.host_unreachable'])
      }
      assert.equal(posted.isFailed, false)
    })
    assert.ok(!JSON.stringify(receiver.spans).includes('hunter2'))
  })

  test('shows jobs with their queries, and of what nobody asked for nothing else', async (t) => {
    const receiver = await startTraceReceiver()
    t.after(receiver.close)
    const node = await start(t, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })
    const ref = { ownerId: crypto.randomUUID(), id: crypto.randomUUID() }
    await enqueue(opened.database, jobName('mail.outbox_transmit'), ref)
    const job = await eventually(() => spanNamed(receiver.spans, 'job mail.outbox_transmit'))
    assert.equal(job.parentSpanId, undefined)
    assert.ok(receiver.spans.some(({ name, parentSpanId }) => /^sql/.test(name) && parentSpanId === job.spanId))
    const roots = receiver.spans.filter(({ parentSpanId }) => !parentSpanId).map(({ name }) => name.split(' ')[0])
    assert.deepEqual(new Set(roots), new Set(['GET', 'job']))
    // What is not sent yet at the end is sent with it.
    await node.ask('/api/v1/mail/folders')
    await node.kill('SIGTERM')
    spanNamed(receiver.spans, 'GET /api/v1/mail/folders')
  })

  test('goes on without a receiver, and says so once', async (t) => {
    const endpoint = `http://127.0.0.1:${await freePort()}`
    const node = await start(t, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, NODE_OPTIONS: tellingLoads })
    assert.ok(loadsOf(node.logs).length > 0)
    const complaints = () => node.logs.filter((line) => line.includes('traces could not be sent'))
    await eventually(
      async () => {
        assert.equal((await node.ask('/api/v1/mail/accounts')).status, 200)
        assert.equal(complaints().length, 1)
      },
      { timeoutMs: 60_000, everyMs: 500 },
    )
    assert.deepEqual(await node.kill('SIGTERM'), { code: 0, signal: null })
    assert.equal(complaints().length, 1)
  })
})

const spanNamed = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan =>
  spans.find((span) => span.name === name) ?? assert.fail(`no span "${name}" in ${spans.map((span) => span.name)}`)
