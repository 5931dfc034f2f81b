import { Gauge } from 'prom-client'
import type { Logger } from './log.ts'
import type { Metrics } from './metrics.ts'

/** A secret that is to be changed by `dueAt`; undefined when nobody wrote down when it was changed last. */
export type AgingSecret = { name: string; dateVariable: string; dueAt: Date | undefined }

const day = 86_400_000
const warnBeforeMs = 14 * day

/** Shows when each secret is to be changed, and says so in the log once a day in the two weeks before, and after. */
export function watchSecretAges(deps: Metrics & { secrets: readonly AgingSecret[]; log: Logger; now?: () => number }) {
  const { registry, secrets, log, now = Date.now } = deps
  new Gauge({
    name: 'ultid_secret_rotation_due_seconds',
    help: 'Seconds until the secret is to be changed; negative once that is overdue.',
    labelNames: ['secret'],
    registers: [registry],
    collect() {
      for (const { name, dueAt } of secrets) if (dueAt) this.set({ secret: name }, (dueAt.getTime() - now()) / 1000)
    },
  })
  const warn = () => {
    for (const { name, dateVariable, dueAt } of secrets) {
      if (!dueAt || dueAt.getTime() - now() > warnBeforeMs) continue
      const days = Math.floor((dueAt.getTime() - now()) / day)
      const advice = `change it and set ${dateVariable} to the day of the change`
      const message = days < 0 ? `the secret ${name} is overdue` : `the secret ${name} is due in ${days} days`
      log.warn({ secret: name, due_at: dueAt.toISOString() }, `${message}: ${advice}`)
    }
  }
  warn()
  const timer = setInterval(warn, day)
  return { stop: () => clearInterval(timer) }
}
