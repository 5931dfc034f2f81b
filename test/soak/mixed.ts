import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createRandom, type Random } from '../fixtures/random-changes.ts'
import { skipWithoutDovecot, skipWithoutNginx, skipWithoutPostfix, skipWithoutRedis } from '../harness/servers.ts'
import { audit } from './audit/audit.ts'
import { createFaults } from './faults.ts'
import { type Inhabitant, moveIn } from './population.ts'
import { printReport } from './report.ts'
import { injectFaults } from './schedule.ts'
import { createTraffic } from './traffic.ts'
import { readVitals, watchVitals } from './vitals.ts'
import { startWorld, type World } from './world.ts'

/**
 * People who use everything at once while everything fails in turn; then an auditor holds what is there to what was
 * promised. `npm run soak:mixed`, with ULTI_SOAK_MINUTES, ULTI_SOAK_USERS and ULTI_SOAK_SEED.
 */
const minutes = Number(process.env.ULTI_SOAK_MINUTES ?? 10)
const users = Number(process.env.ULTI_SOAK_USERS ?? 6)
const seed = Number(process.env.ULTI_SOAK_SEED ?? 1)
const skip = skipWithoutDovecot || skipWithoutPostfix || skipWithoutRedis || skipWithoutNginx

suite('a mixed load while everything fails in turn', { skip }, () => {
  test(`loses nothing, does nothing twice and leaks nothing (${minutes} minutes, ${users} people, seed ${seed})`, {
    timeout: (minutes + 10) * 60_000,
  }, async () => {
    const names = Array.from({ length: users }, (_, at) => `user${at}`)
    const traffic = createTraffic()
    const world = await startWorld(names)
    try {
      const inhabitants = []
      for (const [at, name] of names.entries()) {
        inhabitants.push(await moveIn(world, { name, seed: seed * 1000 + at, traffic }))
      }
      const webhookId = await listen(world, inhabitants[0], createRandom(seed))
      const base = await Promise.all(world.nodes.map(readVitals))
      const followers = inhabitants.map((inhabitant) => inhabitant.follow())
      const end = AbortSignal.timeout(minutes * 60_000)
      const random = createRandom(seed)
      const [windows, vitals] = await Promise.all([
        injectFaults(createFaults(world, random), random, end),
        watchVitals(world.nodes, end),
        ...inhabitants.map((inhabitant) => inhabitant.live(end)),
      ])
      const evidence = { world, inhabitants, followers, traffic, windows, vitals, base, webhookId }
      const findings = await audit(evidence)
      printReport(evidence, findings)
      assert.deepEqual(
        findings.filter(({ violations }) => violations.length > 0).map(({ promise }) => promise),
        [],
      )
    } finally {
      await world.close()
    }
  })
})

/** A program of the first inhabitant's that hears of new mail, and often fails to say that it has. */
async function listen(world: World, inhabitant: Inhabitant | undefined, random: Random): Promise<string> {
  world.webhooks.answer = () => (random.below(10) === 0 ? { isCut: true } : { delayMs: random.below(200) })
  const body = { url: world.webhooks.url, event_types: ['mail.message_created'] }
  const reply = await inhabitant?.client.ask('webhooks: create', 'POST', '/api/v1/mail/webhooks', { body })
  assert.equal(reply?.status, 201, JSON.stringify(reply?.body))
  return reply?.body.id
}
