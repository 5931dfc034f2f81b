import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { Random } from '../fixtures/random-changes.ts'
import type { World } from './world.ts'

const chance = 3
const latestMs = 3000

/** For some seconds says a third of what goes over the cache's bus again, each at a time of its own. */
export async function repeatHints({ redis }: World, random: Random, duration: number): Promise<void> {
  const options = { maxRetriesPerRequest: null }
  const [ear, mouth] = [new Redis(redis.url, options), new Redis(redis.url, options)]
  const repeated = new Set<string>()
  const timers = new Set<NodeJS.Timeout>()
  ear.on('pmessage', (_pattern: string, channel: string, message: string) => {
    if (repeated.delete(`${channel} ${message}`) || random.below(chance) > 0) return
    const say = () => {
      // Its own echo is not repeated again.
      repeated.add(`${channel} ${message}`)
      mouth.publish(channel, message).catch(() => undefined)
    }
    timers.add(setTimeout(say, random.below(latestMs)))
  })
  await ear.psubscribe('*')
  await delay(duration * 1000)
  for (const timer of timers) clearTimeout(timer)
  ear.disconnect()
  mouth.disconnect()
}
