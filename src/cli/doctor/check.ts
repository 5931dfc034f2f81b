import { AppError } from '#platform/errors.ts'

/** What a check found; `advice` says what to do about it. */
export type Finding = { status: 'ok' | 'warning' | 'failed' | 'skipped'; detail: string; advice?: string }

/** One thing that ultid needs. A check that throws has failed; `advice` is what to do then. */
export type Check = { name: string; advice: string; run: () => Promise<Finding> }

export type Result = Finding & { name: string; durationMs: number }

export const ok = (detail: string): Finding => ({ status: 'ok', detail })
export const warning = (detail: string, advice: string): Finding => ({ status: 'warning', detail, advice })
export const failed = (detail: string, advice: string): Finding => ({ status: 'failed', detail, advice })
export const skipped = (detail: string): Finding => ({ status: 'skipped', detail })

const deadlineMs = 45_000

/** Never rejects, and answers within 45 seconds. */
export async function runCheck({ name, advice, run }: Check): Promise<Result> {
  const startedAt = performance.now()
  const late = Promise.withResolvers<Finding>()
  const timer = setTimeout(() => late.resolve(failed('no answer within 45 seconds', advice)), deadlineMs)
  const finding = await Promise.race([run(), late.promise]).catch((error: unknown) => failed(reasonOf(error), advice))
  clearTimeout(timer)
  return { name, ...finding, durationMs: Math.round(performance.now() - startedAt) }
}

/** Our own words, or the innermost reason: `fetch failed` and the like say nothing. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AppError) return error.message
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message
}
