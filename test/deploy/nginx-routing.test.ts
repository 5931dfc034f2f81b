import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { WebSocket } from 'ws'
import { startTestApp } from '../harness/app.ts'
import { eventually } from '../harness/eventually.ts'
import { startNginx } from '../harness/nginx.ts'
import { skipWithoutNginx } from '../harness/servers.ts'
import { connectStream } from '../harness/stream-client.ts'
import { createTempDir } from '../harness/temp-dir.ts'
import { type Seen, startStubUpstream } from './stub-upstream.ts'

suite('the reverse proxy', { skip: skipWithoutNginx }, async () => {
  const app = await startTestApp({ ULTID_TRUSTED_PROXIES: '127.0.0.1' })
  const [authentik, jitsi, nextcloud, bulk] = await Promise.all(
    ['authentik', 'jitsi', 'nextcloud', 'bulk'].map(startStubUpstream),
  )
  assert.ok(authentik && jitsi && nextcloud && bulk)
  const upstreams = {
    'ultid:8080': Number(new URL(app.url).port),
    'authentik-server:9000': authentik.port,
    'jitsi-web:8000': jitsi.port,
    'nextcloud:80': nextcloud.port,
  }
  const nginx = await startNginx({ upstreams })
  after(async () => {
    await nginx.close()
    await Promise.all([app.close(), authentik.close(), jitsi.close(), nextcloud.close(), bulk.close()])
  })
  const get = (path: string, headers: Record<string, string> = {}) => ask(nginx.url, path, headers)
  const seenAt = async (path: string): Promise<Seen & { name: string }> => JSON.parse((await get(path)).body)

  test('hands each path to its system, with the prefix kept or taken off as that system needs it', async () => {
    const routes: [path: string, name: string, path: string][] = [
      ['/auth/application/o/ulti/', 'authentik', '/auth/application/o/ulti/'],
      ['/auth/if/flow/x/?next=%2Fa%3Fb', 'authentik', '/auth/if/flow/x/?next=%2Fa%3Fb'],
      ['/meet/team-sync?jwt=abc', 'jitsi', '/team-sync?jwt=abc'],
      ['/meet/http-bind?room=x', 'jitsi', '/http-bind?room=x'],
      ['/meet/libs/app.js', 'jitsi', '/libs/app.js'],
      [
        '/cloud/remote.php/dav/files/a/caf%C3%A9%20%231.txt',
        'nextcloud',
        '/remote.php/dav/files/a/caf%C3%A9%20%231.txt',
      ],
      ['/cloud/index.php/login/v2', 'nextcloud', '/index.php/login/v2'],
      ['/cloud/ocs/v2.php/cloud/capabilities', 'nextcloud', '/ocs/v2.php/cloud/capabilities'],
    ]
    for (const [path, name, there] of routes) {
      const seen = await seenAt(path)
      assert.deepEqual([seen.name, seen.path], [name, there], path)
    }
  })

  test('reaches ultid below /api/, with its answers, its errors and its trace id', async () => {
    const anonymous = await get('/api/v1/mail/folders')
    assert.equal(anonymous.status, 401)
    const { code, trace_id } = JSON.parse(anonymous.body)
    assert.equal(code, 'auth.missing_token')
    assert.equal(anonymous.headers['x-request-id'], trace_id)
    assert.match(nginx.accessLog(), new RegExp(`"trace_id":"${trace_id}"`))
    const mine = await get('/api/v1/account', { authorization: `Bearer ${await app.token('alice')}` })
    assert.equal(mine.status, 200)
    assert.equal((await get('/api/v1/openapi.json', { 'accept-encoding': 'gzip' })).headers['content-encoding'], 'gzip')
  })

  test('carries WebSockets to ultid, Authentik and Jitsi', async () => {
    const headers = { authorization: `Bearer ${await app.token('alice')}` }
    const url = nginx.url.replace('http', 'ws')
    assert.match(await firstMessage(new WebSocket(`${url}/ws`, { headers })), /"hello"/)
    assert.equal(await firstMessage(new WebSocket(`${url}/meet/xmpp-websocket?room=a`)), 'jitsi /xmpp-websocket?room=a')
    assert.equal(await firstMessage(new WebSocket(`${url}/auth/ws/client/`)), 'authentik /auth/ws/client/')
  })

  test('passes events on as they come, and none of them is packed', async () => {
    const stream = await connectStream(nginx.url, { token: await app.token('alice') })
    assert.equal(stream.messages[0]?.type, 'hello')
    assert.equal(stream.headers.get('content-encoding'), null)
    stream.close()
  })

  test('tells who asked, and believes nobody who claims to be somebody else', async () => {
    const answer = await get('/auth/x', {
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-proto': 'https',
      host: 'ulti.test',
    })
    const { headers } = JSON.parse(answer.body) as Seen
    assert.equal(headers['x-forwarded-for'], '127.0.0.1')
    assert.equal(headers['x-forwarded-proto'], 'http')
    // Authentik makes the issuer of it: browsers and the inner network have different ones.
    assert.equal(headers.host, 'ulti.test')
    assert.match(String(headers['x-request-id']), /^[0-9a-f]{32}$/)
  })

  test('adds security headers where a system has none of its own, each once', async () => {
    const theirs = (await get('/auth/own-headers')).headers
    assert.equal(theirs['x-frame-options'], 'DENY')
    assert.equal(theirs['x-content-type-options'], 'nosniff')
    const ours = (await get('/auth/x')).headers
    assert.equal(ours['x-frame-options'], 'SAMEORIGIN')
    assert.equal((await get('/api/v1/openapi.json')).headers['x-content-type-options'], 'nosniff')
    assert.equal(ours['strict-transport-security'], undefined)
  })

  test('keeps from the outside what is for operators, and says where the API is', async () => {
    for (const path of ['/metrics', '/healthz', '/readyz', '/nowhere', '/apix']) {
      const { status, body } = await get(path)
      assert.equal(status, 404, path)
      assert.match(JSON.parse(body).message, /\/api\/docs/)
    }
    const start = await get('/')
    assert.deepEqual([start.status, new URL(start.headers.location ?? '', nginx.url).pathname], [302, '/api/docs'])
    assert.equal((await ask(nginx.healthUrl, '', {})).body, 'ok\n')
  })

  test('leads the start page of Nextcloud back to the suite, and nothing else of it', async () => {
    for (const path of ['/cloud', '/cloud/', '/cloud/index.php']) {
      const { status, headers } = await get(path)
      assert.deepEqual([status, new URL(headers.location ?? '', nginx.url).pathname], [302, '/'], path)
    }
    assert.equal((await seenAt('/cloud/apps/files/')).name, 'nextcloud')
    const finger = await get('/.well-known/webfinger?resource=acct:a')
    assert.match(finger.headers.location ?? '', /\/cloud\/index\.php\/\.well-known\/webfinger\?resource=acct:a$/)
  })

  test('leads programs that look for CalDAV and CardDAV to ultid', async () => {
    for (const kind of ['caldav', 'carddav']) {
      const { headers, status } = await get(`/.well-known/${kind}`)
      assert.ok(headers['x-request-id'], `${kind} ${status}`)
    }
  })

  test('writes no query to its log: tokens travel there', async () => {
    await get('/meet/room?jwt=eyJhbGciOiJub25lIn0.secret')
    await eventually(async () => assert.match(nginx.accessLog(), /"path":"\/meet\/room"/))
    assert.doesNotMatch(nginx.accessLog(), /secret|jwt=/)
  })

  test('streams an upload of gigabytes: it arrives while it is sent, and nothing of it lies here', async () => {
    const through = await startNginx({ upstreams: { ...upstreams, 'ultid:8080': bulk.port } })
    try {
      const size = Number(process.env.ULTI_SOAK_UPLOAD_GB ?? 1) * 2 ** 30
      const { status, received, sentAt, mostKept } = await upload(through.url, size, through.temporary)
      assert.deepEqual([status, received, mostKept], [200, size, 0])
      assert.ok(bulk.firstByteAt() < sentAt)
    } finally {
      await through.close()
    }
  })

  test('a module that is switched off has no route, and a system that is away answers 502', async () => {
    const bare = await startNginx({ upstreams: { ...upstreams, 'authentik-server:9000': 1 }, modules: [] })
    try {
      for (const path of ['/cloud/x', '/meet/x']) assert.equal((await ask(bare.url, path, {})).status, 404)
      assert.equal((await ask(bare.url, '/auth/x', {})).status, 502)
      assert.equal((await ask(bare.url, '/api/v1/account', {})).status, 401)
    } finally {
      await bare.close()
    }
  })

  test('with TLS: the same routes over https, browsers led there, the inner network and certbot not', async () => {
    const tls = await selfSigned()
    const secured = await startNginx({ upstreams, tls })
    try {
      const answer = await ask(secured.tlsUrl, '/auth/x', {})
      assert.equal((JSON.parse(answer.body) as Seen).headers['x-forwarded-proto'], 'https')
      assert.equal(answer.headers['strict-transport-security'], 'max-age=31536000')
      const led = await ask(secured.url, '/meet/a?b=c', { host: 'ulti.test' })
      assert.deepEqual([led.status, led.headers.location], [301, 'https://ulti.test/meet/a?b=c'])
      assert.equal((await ask(secured.url, '/auth/x', { host: 'nginx' })).status, 200)
      assert.equal((await ask(secured.url, '/.well-known/acme-challenge/x', { host: 'ulti.test' })).status, 404)
    } finally {
      await secured.close()
    }
  })
})

type Answered = { status: number; headers: Record<string, string | undefined>; body: string }

/** `fetch` sets Host itself. */
function ask(base: string, path: string, headers: Record<string, string>): Promise<Answered> {
  const send = base.startsWith('https:') ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    send(`${base}${path}`, { headers, rejectUnauthorized: false, agent: false }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk) => chunks.push(chunk))
      answer.once('end', () => {
        const { statusCode: status = 0, headers } = answer
        resolve({ status, headers: headers as Answered['headers'], body: Buffer.concat(chunks).toString() })
      })
    })
      .once('error', reject)
      .end()
  })
}

function firstMessage(socket: WebSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once('message', (data) => {
      resolve(data.toString())
      socket.terminate()
    })
    socket.once('error', reject)
  })
}

/** Sends zeroes as fast as they are taken. */
function upload(base: string, size: number, temporary: string) {
  const block = Buffer.alloc(4 * 2 ** 20)
  const { hostname, port } = new URL(base)
  return new Promise<{ status: number; received: number; sentAt: number; mostKept: number }>((resolve, reject) => {
    let [left, sentAt, mostKept] = [size, 0, 0]
    const socket = connect(Number(port), hostname, () => {
      socket.write(`PUT /api/v1/upload HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${size}\r\n\r\n`)
      feed()
    })
    function feed(): void {
      while (left > 0) {
        left -= block.length
        if (left % 2 ** 28 === 0) mostKept = Math.max(mostKept, kept(temporary))
        if (!socket.write(block)) return void socket.once('drain', feed)
      }
      sentAt = performance.now()
    }
    let answer = ''
    socket.on('data', (chunk) => (answer += chunk))
    socket.once('error', reject)
    socket.once('end', () => {
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])
      const received = Number(/"received":(\d+)/.exec(answer)?.[1])
      resolve({ status, received, sentAt, mostKept })
    })
  })
}

/** Files below a folder. */
const kept = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name !== 'nginx.pid',
  ).length

async function selfSigned(): Promise<{ cert: string; key: string }> {
  const files = await createTempDir('tls')
  const [cert, key] = [join(files.path, 'cert.pem'), join(files.path, 'key.pem')]
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-days',
      '2',
      '-subj',
      '/CN=ulti.test',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      key,
      '-out',
      cert,
    ],
    { stdio: 'ignore' },
  )
  const read = (path: string) => execFileSync('cat', [path], { encoding: 'utf8' })
  const pair = { cert: read(cert), key: read(key) }
  await files.remove()
  return pair
}
