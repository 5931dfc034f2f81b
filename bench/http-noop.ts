import { parseArgs } from 'node:util'
import { fastify, LogController } from 'fastify'
import { pino } from 'pino'
import { Type } from 'typebox'
import { createAccessTokens } from '#platform/auth/access-tokens.ts'
import { type Authenticate, createAuthenticate, requirePermissions } from '#platform/auth/authentication.ts'
import { createEndings } from '#platform/auth/endings.ts'
import { createDiscovery } from '#platform/auth/issuer.ts'
import { createCookies } from '#platform/auth/session-cookie.ts'
import { createTokenVerifier } from '#platform/auth/token-verifier.ts'
import { createMemoryCache } from '#platform/cache/memory-cache.ts'
import { guardRequests, limitPersons } from '#platform/http/guarding.ts'
import { createRateCounter } from '#platform/http/rate-counter.ts'
import { createHttpServer } from '#platform/http/server.ts'
import { createMetrics } from '#platform/observability/metrics.ts'
import { startIssuer } from '../test/harness/issuer.ts'
import { requestsPerSecond } from './harness/load.ts'
import { median } from './harness/median.ts'

/**
 * What authentication, rate limits, security headers and metrics cost: requests a second of a route that does nothing,
 * through all of ultid's edge, against bare Fastify with the same logging. `node bench/http-noop.ts [--runs 5] [--seconds 4]`
 */
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, seconds: { type: 'string', default: '4' } },
})
const seconds = Number(values.seconds)
const log = () => pino({ base: null }, pino.destination({ dest: '/dev/null', sync: false }))
const issuer = await startIssuer()
const token = await issuer.token({ sub: 'alice' }, { expiresInSeconds: 3600 })

const bare = fastify({ loggerInstance: log(), logController: new LogController({ disableRequestLogging: true }) })
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
const http = createHttpServer({ log: log(), metrics: createMetrics() })
const unlimited = 1_000_000_000
const rateLimits = { person: unlimited, address: unlimited, signIn: unlimited }
await guardRequests(http, { counter, rateLimits, corsOrigins: ['http://localhost:3000'], isTls: false })
requirePermissions(http, createAuthentication())
limitPersons(http, { counter, rateLimits })
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
    ...{ groups: [], tokensValidFrom: null },
  }
  const accessTokens = createAccessTokens({
    verifier: createTokenVerifier({ discover, audience: issuer.audience }),
    principals: { upsert: async () => person },
    permissionTable: { '*': ['mail:read'] },
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
async function measure(url: string): Promise<{ rate: number; cpuMicros: number }> {
  const before = process.cpuUsage()
  const rate = await requestsPerSecond({ url, headers, connections: 50, seconds })
  const { user, system } = process.cpuUsage(before)
  return { rate, cpuMicros: (user + system) / (rate * seconds) }
}

await measure(bareUrl)
await measure(ultidUrl)
const rates: number[] = []
const costs: number[] = []
for (let run = 0; run < Number(values.runs); run++) {
  const plain = await measure(bareUrl)
  const full = await measure(ultidUrl)
  rates.push(full.rate / plain.rate)
  costs.push(plain.cpuMicros / full.cpuMicros)
  console.log(
    `bare ${Math.round(plain.rate)}/s, ${plain.cpuMicros.toFixed(1)} µs CPU each;  ` +
      `ultid ${Math.round(full.rate)}/s, ${full.cpuMicros.toFixed(1)} µs;  ratio ${(full.rate / plain.rate).toFixed(2)}`,
  )
}
console.log(`http-noop: median ratio ${median(rates).toFixed(2)} (target ≥ 0.85), by CPU ${median(costs).toFixed(2)}`)
process.exit(0)
