import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../fixtures/random-changes.ts'
import type { FaultProxy } from '../harness/fault-proxy.ts'
import type { Rule } from '../harness/fault-rules.ts'
import { repeatHints } from './repeated-hints.ts'
import type { UpstreamName, World } from './world.ts'

/** `strike` lasts from the first harm to when all is there again; after it things take `recoverySeconds` at most. */
export type Fault = { name: string; recoverySeconds: number; strike: () => Promise<void> }

const seconds = (count: number) => delay(count * 1000)
/** Node's clock is wrong by so much, in one direction and then the other. */
const clockJumpSeconds = 1200

/** All that can go wrong with an installation, except what this machine cannot do: that is said on standard error. */
export function createFaults(world: World, random: Random): Fault[] {
  const { proxies, nodes, clock, disk } = world
  const upstreams = Object.keys(proxies) as UpstreamName[]
  const http: UpstreamName[] = ['nextcloud', 'immich']
  const missing = [
    ...(clock.isThere ? [] : ['no clock is set wrong: install libfaketime']),
    ...(disk.isOwn ? [] : ['no disk is full: only root can mount one']),
  ]
  for (const reason of missing) console.error(`soak: ${reason}.`)

  return [
    // The first node is left alone: its memory is what is watched.
    ...nodes.slice(1).map((node) => fault(`${node.name} is killed`, 8, node.killAndReturn)),
    ...upstreams.map((name) => fault(`connections to ${name} are cut`, 5, async () => proxies[name].cutAll('reset'))),
    ...upstreams.map((name) => fault(`${name} refuses`, 8, () => refuse(proxies[name], 2 + random.below(4)))),
    ...upstreams.map((name) => fault(`${name} is silent`, 10, () => freeze(proxies[name], 2 + random.below(5)))),
    ...upstreams.map((name) => fault(`${name} is slow`, 5, () => withRules(proxies[name], [slow(name)], 8))),
    ...http.map((name) => fault(`answers of ${name} are lost`, 5, () => withRules(proxies[name], [lostAnswers], 4))),
    fault('answers of smtp are lost', 5, () => withRules(proxies.smtp, [lostOutcome], 6)),
    fault('answers of imap come twice', 3, () => withRules(proxies.imap, repeatedAnswers, 8)),
    fault('hints of the cache come twice and late', 3, () => repeatHints(world, random, 8)),
    fault('PostgreSQL is restarted', 8, world.postgres.restart),
    fault('redis is emptied', 5, world.redis.restart),
    fault('the issuer is away', 3, () => withoutIssuer(world, 4)),
    ...(disk.isOwn ? [fault('the disk of objects is full', 3, () => fullDisk(world, 6))] : []),
    ...(clock.isThere ? [fault(`the clock of ${world.nodeWithClock.name} jumps`, 8, () => jump(world))] : []),
  ]
}

const fault = (name: string, recoverySeconds: number, strike: () => Promise<void>): Fault => {
  return { name, recoverySeconds, strike }
}

const slow = (name: UpstreamName): Rule => ({ fault: 'delay', ms: name === 'postgres' || name === 'redis' ? 5 : 100 })
const lostAnswers: Rule = { fault: 'cut', from: 'server', bytes: 1, moment: 'before', how: 'reset', repeat: 'always' }
const lostOutcome: Rule = {
  ...{ fault: 'cut', from: 'server', line: /queued as/, moment: 'before', how: 'reset', repeat: 'always' },
}
/** What a server says twice is as true as what it says once. */
const repeatedAnswers: Rule[] = [/^\* \d+ EXISTS$/, /^\* \d+ FETCH \(UID \d+ [^{}]*FLAGS \([^)]*\)[^{}]*\)$/].map(
  (line) => {
    return { fault: 'rewrite', from: 'server', line, to: '$&\r\n$&' }
  },
)

async function refuse(proxy: FaultProxy, duration: number): Promise<void> {
  proxy.refuse()
  proxy.cutAll('reset')
  await seconds(duration)
  await proxy.accept()
}

async function freeze(proxy: FaultProxy, duration: number): Promise<void> {
  proxy.freeze()
  await seconds(duration)
  proxy.thaw()
}

async function withRules(proxy: FaultProxy, rules: readonly Rule[], duration: number): Promise<void> {
  const active = rules.map((rule) => proxy.rules.add(rule))
  await seconds(duration)
  for (const rule of active) rule.remove()
}

async function withoutIssuer({ issuer }: World, duration: number): Promise<void> {
  issuer.isDown = true
  await seconds(duration)
  issuer.isDown = false
}

async function fullDisk({ disk }: World, duration: number): Promise<void> {
  await disk.fill()
  await seconds(duration)
  await disk.clear()
}

async function jump({ clock }: World): Promise<void> {
  await clock.set(clockJumpSeconds)
  await seconds(5)
  await clock.set(-clockJumpSeconds)
  await seconds(5)
  await clock.set(0)
  await seconds(1)
}
