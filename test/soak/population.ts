import { setTimeout as delay } from 'node:timers/promises'
import { followEvents } from '../fixtures/event-follower.ts'
import { createRandom, type Random } from '../fixtures/random-changes.ts'
import type { Act } from './acts/act.ts'
import { contacts, createObjectActs, events } from './acts/dav-objects.ts'
import { createDriveActs } from './acts/drive.ts'
import { createMailActs } from './acts/mail.ts'
import { createOtherActs } from './acts/others.ts'
import { createSoakClient } from './soak-client.ts'
import type { Traffic } from './traffic.ts'
import type { World } from './world.ts'

export type Inhabitant = Awaited<ReturnType<typeof moveIn>>

/** Somebody who uses every module, with a socket and a stream open, and writes down what was promised. */
export async function moveIn(world: World, deps: { name: string; seed: number; traffic: Traffic }) {
  const { name, seed, traffic } = deps
  const client = createSoakClient({ url: world.url, issuer: world.issuer, traffic, name })
  const random = createRandom(seed)
  const user = { name, client, random, others: world.names.filter((other) => other !== name) }
  const mail = await createMailActs(world, user)
  const drive = createDriveActs(user)
  const calendar = createObjectActs(events, user)
  const addresses = createObjectActs(contacts, user)
  const other = createOtherActs(user)
  const acts = [mail, drive, calendar, addresses, other].flatMap((module) => module.acts)
  const token = await client.token()
  const follow = (by: 'socket' | 'stream') => followEvents([world.url], { token, by })

  return {
    ...{ name, client, mail, drive, calendar, addresses, other },
    follow: () => ({ socket: follow('socket'), stream: follow('stream') }),
    /** Acts until `signal` is aborted, and ends what is under way. */
    async live(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        await choose(acts, random).run()
        await delay(random.below(250), undefined, { signal }).catch(() => undefined)
      }
    },
  }
}

function choose(acts: readonly Act[], random: Random): Act {
  const chances = acts.flatMap((act) => Array<Act>(act.weight).fill(act))
  const found = random.pick(chances)
  if (!found) throw new Error('There is nothing to do.')
  return found
}
