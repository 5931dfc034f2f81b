/**
 * One thing that the service needs; `check` throws when it is not there. Without what is not essential the rest of the
 * service works: it is told as degraded and keeps no node out of use.
 */
export type HealthCheck = { name: string; check: () => Promise<void>; isEssential?: boolean }
export type HealthReport = {
  isReady: boolean
  checks: Record<string, { status: 'ok' | 'degraded' | 'failed'; duration_ms: number }>
}

/** Runs all checks at once, none longer than two seconds. The reasons go to the log, not to the answer. */
export async function runHealthChecks(
  checks: readonly HealthCheck[],
  onFailure: (name: string, error: unknown) => void,
): Promise<HealthReport> {
  const results = await Promise.all(
    checks.map(async ({ name, check, isEssential = true }) => {
      const startedAt = performance.now()
      const status = await withDeadline(check(), 2000).then(
        () => 'ok' as const,
        (error: unknown) => {
          onFailure(name, error)
          return isEssential ? ('failed' as const) : ('degraded' as const)
        },
      )
      return [name, { status, duration_ms: Math.round(performance.now() - startedAt) }] as const
    }),
  )
  return { isReady: results.every(([, result]) => result.status !== 'failed'), checks: Object.fromEntries(results) }
}

async function withDeadline(work: Promise<void>, milliseconds: number): Promise<void> {
  const deadline = Promise.withResolvers<void>()
  const timer = setTimeout(() => deadline.reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds)
  try {
    await Promise.race([work, deadline.promise])
  } finally {
    clearTimeout(timer)
  }
}
