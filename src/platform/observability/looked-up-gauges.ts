import { Gauge } from 'prom-client'
import type { Logger } from './log.ts'
import type { Metrics } from './metrics.ts'

export type Sample = { labels?: Readonly<Record<string, string>>; value: number }

/** A gauge whose samples are part of what one look answers. */
export type LookedUpGauge<Answer> = {
  name: string
  help: string
  labelNames?: readonly string[]
  samplesOf: (answer: Answer) => readonly Sample[]
}

export type Look<Answer> = {
  /** Names the look in the log. */
  name: string
  look: () => Promise<Answer>
  gauges: readonly LookedUpGauge<Answer>[]
}

export type LookOptions = { keepMs?: number; deadlineMs?: number }

/**
 * Gauges that are looked up when metrics are asked for: one look for all of them, at most every five seconds however
 * many ask. A look that fails or takes longer than three seconds leaves them out and never fails the rest.
 */
export function registerLookedUp<Answer>(
  { registry, log }: Metrics & { log: Logger },
  { name, look, gauges }: Look<Answer>,
  { keepMs = 5000, deadlineMs = 3000 }: LookOptions = {},
): void {
  let latest: Promise<Answer | undefined> | undefined
  const ask = () => {
    if (latest) return latest
    latest = withDeadline(look(), deadlineMs).catch((error) => {
      log.warn({ look: name, err: error }, 'metrics are incomplete')
      return undefined
    })
    setTimeout(() => (latest = undefined), keepMs).unref()
    return latest
  }
  for (const { name, help, labelNames = [], samplesOf } of gauges) {
    const gauge = new Gauge({
      ...{ name, help, labelNames, registers: [registry] },
      async collect() {
        const answer = await ask()
        this.reset()
        // A gauge without labels is 0 after a reset, which would be a claim.
        if (labelNames.length === 0) this.remove()
        for (const { labels = {}, value } of answer === undefined ? [] : samplesOf(answer)) this.set(labels, value)
      },
    })
    if (labelNames.length === 0) gauge.remove()
  }
}

async function withDeadline<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  const deadline = Promise.withResolvers<never>()
  const timer = setTimeout(() => deadline.reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds)
  try {
    return await Promise.race([work, deadline.promise])
  } finally {
    clearTimeout(timer)
  }
}
