import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { createGuardedFetch } from '#platform/network/guarded-fetch.ts'
import { createHostGuard } from '#platform/network/host-guard.ts'
import { createDiscovery } from './discovery.ts'
import type { OAuthMailboxes } from './oauth-candidates.ts'

const document = (host: string, more = '') => `<?xml version="1.0"?>
<clientConfig version="1.1"><emailProvider id="example.test"><displayShortName>Example</displayShortName>
<incomingServer type="pop3"><hostname>pop.example.test</hostname><port>995</port><socketType>SSL</socketType></incomingServer>
<incomingServer type="imap"><hostname>${host}</hostname><port>143</port><socketType>plain</socketType><username>%EMAILLOCALPART%</username></incomingServer>
<incomingServer type="imap"><hostname>${host}</hostname><port>993</port><socketType>SSL</socketType><username>%EMAILADDRESS%</username></incomingServer>
<outgoingServer type="smtp"><hostname>smtp.%EMAILDOMAIN%</hostname><port>587</port><socketType>STARTTLS</socketType><username>%EMAILADDRESS%</username></outgoingServer>
${more}</emailProvider></clientConfig>`

const answers: Record<
  string,
  (write: (status: number, body: string, headers?: Record<string, string>) => void) => void
> = {
  '/good': (write) => write(200, document('imap.example.test')),
  '/broken': (write) => write(200, '<clientConfig><emailProvider'),
  '/bomb': (write) => write(200, `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>${document('&b;')}`),
  '/huge': (write) => write(200, 'x'.repeat(400_000)),
  '/inward': (write) => write(302, '', { location: 'http://169.254.169.254/latest/meta-data' }),
  '/missing': (write) => write(404, ''),
  '/silent': () => undefined,
}
const server = createServer((request, response) => {
  answers[request.url ?? '']?.((status, body, headers = {}) => response.writeHead(status, headers).end(body))
})
let origin = ''
const guard = createHostGuard({ allow: ['127.0.0.1'] })
const http = createGuardedFetch(guard)
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
after(async () => {
  server.closeAllConnections()
  server.close()
  await http.close()
})

const nothing = async () => []
function discoveryOf({
  paths = [] as string[],
  srv = nothing as never,
  mx = nothing as never,
  oauth = [] as OAuthMailboxes[],
  timeoutMs = 30_000,
} = {}) {
  return createDiscovery({
    http,
    resolveSrv: srv,
    resolveMx: mx,
    autoconfigUrls: () => paths.map((path) => `${origin}${path}`),
    oauthProviders: oauth,
    timeoutMs,
  })
}

test('an autoconfig document gives its encrypted servers with the placeholders filled', async () => {
  const [found] = await discoveryOf({ paths: ['/good'] }).find('ann@example.test')
  assert.deepEqual(found?.imap, { host: 'imap.example.test', port: 993, security: 'tls', username: 'ann@example.test' })
  assert.deepEqual(found?.smtp, {
    host: 'smtp.example.test',
    port: 587,
    security: 'starttls',
    username: 'ann@example.test',
  })
  assert.equal(found?.source, 'autoconfig')
})

for (const path of ['/broken', '/bomb', '/huge', '/inward', '/silent', '/missing']) {
  test(`a document that is ${path.slice(1)} is passed over for the next source`, async () => {
    const timeoutMs = path === '/silent' ? 2_000 : 30_000
    const found = await discoveryOf({ paths: [path, '/good'], timeoutMs }).find('ann@example.test')
    assert.deepEqual(
      found.map(({ source }) => source),
      ['autoconfig'],
    )
  })
}

test('SRV records give implicit TLS before STARTTLS, by priority', async () => {
  const records: Record<string, unknown[]> = {
    '_imaps._tcp.example.test': [
      { name: 'second.example.test', port: 993, priority: 20, weight: 1 },
      { name: 'first.example.test', port: 993, priority: 10, weight: 1 },
    ],
    '_imap._tcp.example.test': [{ name: '.', port: 0, priority: 0, weight: 0 }],
    '_submission._tcp.example.test': [{ name: 'out.example.test', port: 587, priority: 0, weight: 0 }],
  }
  const srv = (async (name: string) => records[name] ?? Promise.reject(new Error('ENOTFOUND'))) as never
  const [found] = await discoveryOf({ srv }).find('ann@example.test')
  assert.equal(found?.source, 'srv')
  assert.equal(found?.imap.host, 'first.example.test')
  assert.deepEqual(found?.smtp, {
    host: 'out.example.test',
    port: 587,
    security: 'starttls',
    username: 'ann@example.test',
  })
})

test('a domain hosted by a known provider is recognised by its mail exchanger', async () => {
  const mx = (async () => [{ exchange: 'ALT1.ASPMX.L.GOOGLE.COM', priority: 5 }]) as never
  const [found] = await discoveryOf({ mx }).find('ann@school.example')
  assert.equal(found?.provider, 'Gmail')
  assert.equal(found?.source, 'exchanger')
  assert.equal(found?.authentication, 'app_password')
})

test('a look-alike of a provider is not taken for it', async () => {
  const mx = (async () => [{ exchange: 'mx.notgoogle.com', priority: 5 }]) as never
  assert.deepEqual(await discoveryOf({ mx }).find('ann@gmail.com.example'), [])
})

test('the address of a known provider needs no network', async () => {
  const [found] = await discoveryOf().find('Ann@GMX.de')
  assert.equal(found?.source, 'provider')
  assert.equal(found?.imap.username, 'Ann@gmx.de')
})

test('what is no address is refused with the place of the fault', async () => {
  for (const email of ['ann', '@example.test', 'ann@', 'ann@local host', 'ann@localhost']) {
    await assert.rejects(discoveryOf().find(email), { code: 'invalid_request_body' }, email)
  }
})

const tls = (host: string, port: number) => ({ host, port, security: 'tls' as const })
const google = {
  name: 'google',
  domains: [],
  imap: tls('imap.gmail.com', 993),
  smtp: tls('smtp.gmail.com', 465),
}
const school = {
  name: 'school',
  domains: ['school.test'],
  imap: tls('imap.school.test', 993),
  smtp: tls('smtp.school.test', 465),
}

test('a mailbox of a configured provider is signed in to there, also when its domain is merely hosted', async () => {
  const mx = (async () => [{ exchange: 'aspmx.l.google.com', priority: 5 }]) as never
  for (const email of ['ann@gmail.com', 'ann@hosted.example']) {
    const [found] = await discoveryOf({ mx, oauth: [school, google] }).find(email)
    assert.deepEqual([found?.authentication, found?.oauthProvider], ['oauth2', 'google'], email)
    assert.match(found?.helpUrl ?? '', /apppasswords/)
  }
  const [plain] = await discoveryOf({ mx, oauth: [school] }).find('ann@gmail.com')
  assert.deepEqual([plain?.authentication, plain?.oauthProvider], ['app_password', null])
})

test('the domains of a configured provider come first and need no network', async () => {
  const [found] = await discoveryOf({ oauth: [google, school] }).find('Ann@School.test')
  assert.deepEqual([found?.source, found?.oauthProvider, found?.provider], ['configured', 'school', 'school'])
  assert.deepEqual(found?.imap, { ...school.imap, username: 'Ann@school.test' })
})
