import { parseArgs } from 'node:util'
import { fastify, LogController } from 'fastify'
import { pino } from 'pino'
import { Type } from 'typebox'
import { createAccessTokens } from '#platform/auth/access-tokens.ts'
import { type Authenticate, admitRequests, createAuthenticate } from '#platform/auth/authentication.ts'
import { createEndings } from '#platform/auth/endings.ts'
import { createDiscovery } from '#platform/auth/issuer.ts'
import { createCookies } from '#platform/auth/session-cookie.ts'
import { createTokenVerifier } from '#platform/auth/token-verifier.ts'
import { createMemoryCache } from '#platform/cache/memory-cache.ts'
import { createRateCounter } from '#platform/http/rate-counter.ts'
import { createRateLimits } from '#platform/http/rate-limits.ts'
import { createHttpServer } from '#platform/http/server.ts'
import { createLog } from '#platform/observability/log.ts'
import { createMetrics } from '#platform/observability/metrics.ts'
import { startIssuer } from '../test/harness/issuer.ts'
import { startLoad } from './harness/load.ts'
import { median } from './harness/median.ts'
import { printVerdicts } from './harness/verdict.ts'

/**
 * What authentication, rate limits, security headers and metrics cost: requests a second of a route that does nothing,
 * through all of ultid's edge, against bare Fastify that logs the same with pino as it is. They take turns by the second, so that what
 * else the machine does disturbs both alike. `node bench/http-noop.ts [--runs 25]`
 */
const { values } = parseArgs({ options: { runs: { type: 'string', default: '25' } } })
const nowhere = () => pino.destination({ dest: '/dev/null', sync: false })
const issuer = await startIssuer()
const token = await issuer.token({ sub: 'alice' }, { expiresInSeconds: 3600 })

const bare = fastify({
  loggerInstance: pino({ base: null }, nowhere()),
  logController: new LogController({ disableRequestLogging: true }),
})
bare.addHook('onResponse', async (request, reply) => {
  request.log.info(
    {
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    },
    'request',
  )
})
bare.get('/noop', { schema: { response: { 200: Type.Object({ ok: Type.Boolean() }) } } }, async () => ({ ok: true }))

const counter = createRateCounter(createMemoryCache())
const log = createLog({ level: 'info', format: 'json', destination: nowhere() })
const http = createHttpServer({ log, metrics: createMetrics(), corsOrigins: ['http://localhost:3000'] })
const unlimited = 1_000_000_000
const rateLimits = { person: unlimited, address: unlimited, signIn: unlimited }
admitRequests(http, { authenticate: createAuthentication(), limits: createRateLimits(counter, rateLimits) })
http.get(
  '/noop',
  {
    schema: { summary: 'Nothing', response: { 200: Type.Object({ ok: Type.Boolean() }) } },
    config: { permission: 'mail:read' },
  },
  async () => ({ ok: true }),
)

function createAuthentication(): Authenticate {
  const publicUrl = 'http://localhost'
  const discover = createDiscovery({ issuer: issuer.url, acceptedIssuers: [], publicUrl })
  const person = {
    ...{ id: '0192f000-0000-7000-8000-000000000000', email: null, displayName: null, username: null },
    ...{ groups: [], tokensValidFrom: null, suspendedAt: null },
  }
  const accessTokens = createAccessTokens({
    verifier: createTokenVerifier({ discover, audience: issuer.audience }),
    principals: { upsert: async () => person },
    grants: () => new Set(['mail:read']),
    endings: createEndings(createMemoryCache()),
  })
  // Nobody comes with another credential.
  return createAuthenticate({
    ...{ accessTokens, personalTokens: accessTokens, sessions: accessTokens },
    cookies: createCookies({ publicUrl }),
  })
}

const bareUrl = `${await bare.listen({ port: 0 })}/noop`
const ultidUrl = `${await http.listen({ port: 0 })}/noop`
const headers = { authorization: `Bearer ${token}` }
const load = startLoad()
type Measured = { rate: number; cpuMicros: number }
async function measure(url: string): Promise<Measured> {
  const before = process.cpuUsage()
  const startedAt = performance.now()
  const rate = await load.requestsPerSecond({ url, headers, connections: 50, seconds: 1 })
  const { user, system } = process.cpuUsage(before)
  return { rate, cpuMicros: (user + system) / (rate * ((performance.now() - startedAt) / 1000)) }
}

// Until both are compiled.
for (let run = 0; run < 6; run++) for (const url of [bareUrl, ultidUrl]) await measure(url)
const [bares, ultids] = [[], []] as [bare: Measured[], ultid: Measured[]]
for (let run = 0; run < Number(values.runs); run++) {
  bares.push(await measure(bareUrl))
  ultids.push(await measure(ultidUrl))
}
const ratio = (of: (plain: Measured, full: Measured) => number) =>
  median(bares.flatMap((plain, run) => (ultids[run] ? [of(plain, ultids[run])] : [])))
for (const [name, all] of Object.entries({ bare: bares, ultid: ultids })) {
  const [rate, cpu] = [median(all.map((one) => one.rate)), median(all.map((one) => one.cpuMicros))]
  console.log(`${name.padEnd(5)} ${Math.round(rate)} requests a second, ${cpu.toFixed(1)} µs of CPU each`)
}
const rates = ratio((plain, full) => full.rate / plain.rate)
const costs = ratio((plain, full) => plain.cpuMicros / full.cpuMicros)
printVerdicts('An authenticated request that does nothing', [
  { what: "requests a second, of bare Fastify's", measured: rates, unit: 'times', atLeast: 0.85 },
  { what: 'the same by processor time', measured: costs, unit: 'times', atLeast: 0.85 },
])
load.close()
process.exit(0)
