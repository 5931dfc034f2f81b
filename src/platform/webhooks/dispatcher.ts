import type { Logger } from '#platform/observability/log.ts'
import type { EndpointKey } from './endpoint-store.ts'
import type { Sender } from './sender.ts'

type Runner = { isWoken: boolean; wake: () => void }

/**
 * Sends what is due, for each endpoint by itself: none waits for another, however slow that is, and no worker of the job
 * queue waits for any. Beyond `atOnce` endpoints those that come later wait for a free place.
 */
export function createDispatcher(deps: {
  sender: Sender
  log: Logger
  /** How long what is under way may take once the process is told to stop. */
  graceMs: number
  atOnce?: number
}) {
  const { sender, log, graceMs, atOnce = 256 } = deps
  const runners = new Map<string, Runner>()
  const waiting = new Map<string, EndpointKey>()
  const running = new Set<Promise<void>>()
  const stopping = new AbortController()
  let isStopping = false

  function start(key: EndpointKey): void {
    const runner: Runner = { isWoken: false, wake: () => undefined }
    runners.set(key.id, runner)
    const done = run(key, runner)
      .catch((error) =>
        log.warn({ webhook_id: key.id, err: error }, 'webhooks could not be sent; they are tried again'),
      )
      .finally(() => {
        runners.delete(key.id)
        running.delete(done)
        const [next] = waiting.values()
        if (!next) return
        waiting.delete(next.id)
        wake(next)
      })
    running.add(done)
  }

  async function run(key: EndpointKey, runner: Runner): Promise<void> {
    const underway = new Set<Promise<void>>()
    const send = (claimed: Parameters<Sender['send']>[1]) => {
      const sent = sender
        .send(key, claimed, stopping.signal)
        .catch((error) => log.warn({ webhook_id: key.id, err: error }, 'a webhook could not be tried'))
        .finally(() => underway.delete(sent))
      underway.add(sent)
    }
    try {
      for (;;) {
        const woken = new Promise<void>((resolve) => (runner.wake = resolve))
        runner.isWoken = false
        if (!isStopping) for (const claimed of await sender.claim(key)) send(claimed)
        if (underway.size > 0) await Promise.race([...underway, woken])
        else if (!runner.isWoken) return
      }
    } finally {
      await Promise.all(underway)
    }
  }

  function wake(key: EndpointKey): void {
    if (isStopping) return
    const runner = runners.get(key.id)
    if (runner) {
      runner.isWoken = true
      runner.wake()
    } else if (runners.size < atOnce) start(key)
    else waiting.set(key.id, key)
  }

  return {
    /** Looks what an endpoint is to get now; returns at once. */
    wake,
    /** Waits a moment for answers, then hands back what has none. */
    async stop(): Promise<void> {
      isStopping = true
      waiting.clear()
      const timer = setTimeout(() => stopping.abort(), graceMs)
      await Promise.all(running)
      clearTimeout(timer)
    },
  }
}
