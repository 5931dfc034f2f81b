import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '#platform/observability/log.ts'
import type { OutboxAccount } from './transmission-store.ts'

type Run = { isWanted: boolean; done: Promise<void> }

/**
 * Work on accounts, one run at a time for each in this process. A job that wakes an account waits for its run only so
 * long: servers may take ten minutes to answer, and a few slow ones must not hold up everybody's jobs. At most `limit`
 * accounts are worked on at once.
 */
export function createAccountRuns(options: {
  work: (account: OutboxAccount, signal: AbortSignal) => Promise<void>
  log: Logger
  limit?: number
  patienceMs?: number
}) {
  const { work, log, limit = 32, patienceMs = 1000 } = options
  const runs = new Map<string, Run>()
  const stopping = new AbortController()

  /** Again as long as somebody asked for it meanwhile: what they saw may have come after this run looked. */
  async function run(account: OutboxAccount, state: Run): Promise<void> {
    try {
      while (state.isWanted && !stopping.signal.aborted) {
        state.isWanted = false
        await work(account, stopping.signal)
      }
    } finally {
      runs.delete(account.mailAccountId)
    }
  }

  function start(account: OutboxAccount): Run {
    const state: Run = { isWanted: true, done: Promise.resolve() }
    runs.set(account.mailAccountId, state)
    state.done = run(account, state)
    state.done.catch((error) => log.warn({ ...account, err: error }, 'work on an account ended early'))
    return state
  }

  return {
    /** Sees to an account now. Resolves when that is done, or going on in the background. */
    async wake(account: OutboxAccount): Promise<void> {
      if (stopping.signal.aborted) return
      const running = runs.get(account.mailAccountId)
      if (running) running.isWanted = true
      else
        while (runs.size >= limit) await Promise.race([...runs.values()].map(({ done }) => done.catch(() => undefined)))
      const { done } = running ?? runs.get(account.mailAccountId) ?? start(account)
      await Promise.race([done, delay(patienceMs, undefined, { ref: false })])
    },
    /** Resolves when nothing is going on for an account. */
    async settled({ mailAccountId }: OutboxAccount): Promise<void> {
      await runs.get(mailAccountId)?.done
    },
    /** Lets what is under way come to its next rest. */
    async stop(): Promise<void> {
      stopping.abort()
      await Promise.allSettled([...runs.values()].map(({ done }) => done))
    },
  }
}
