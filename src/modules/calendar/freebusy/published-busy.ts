import { Readable } from 'node:stream'
import { readBoundedText } from '#integrations/upstream/bounded-text.ts'
import type { GuardedFetch } from '#platform/network/guarded-fetch.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type Period, type Range, readBusy } from './busy-periods.ts'

export type PublishedBusy = ReturnType<typeof createPublishedBusy>

const limits = { bytes: 4 * 1024 * 1024, timeoutMs: 10_000 }
const unreadable = (cause: unknown) => new Error('it cannot be read', { cause })

/**
 * Free/busy times that people elsewhere publish, at addresses that the operator named: by domain, with `{email}` and
 * `{user}` to be filled in.
 */
export function createPublishedBusy(deps: {
  addresses: Readonly<Record<string, string>>
  http: Pick<GuardedFetch, 'fetch'>
  log: Logger
}) {
  const { addresses, http, log } = deps
  return {
    /** Undefined for somebody of whom nothing is published, or not now. */
    async of(email: string, range: Range): Promise<Period[] | undefined> {
      const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase()
      const template = Object.hasOwn(addresses, domain) ? addresses[domain] : undefined
      if (template === undefined) return undefined
      const user = email.slice(0, email.lastIndexOf('@'))
      const url = template
        .replaceAll('{email}', encodeURIComponent(email))
        .replaceAll('{user}', encodeURIComponent(user))
      try {
        const answer = await http.fetch(url, { signal: AbortSignal.timeout(limits.timeoutMs), redirect: 'error' })
        if (!answer.ok || !answer.body) throw new Error(`it answers ${answer.status}`)
        const text = await readBoundedText(Readable.fromWeb(answer.body as never), limits, unreadable)
        return readBusy(text, range)
      } catch (error) {
        log.info({ domain, err: error }, 'published free/busy times could not be read')
        return undefined
      }
    },
  }
}
