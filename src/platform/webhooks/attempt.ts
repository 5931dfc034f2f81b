import { performance } from 'node:perf_hooks'
import type { Response } from 'undici'
import { AppError } from '#platform/errors.ts'
import { connectionFaultOf } from '#platform/network/connection-fault.ts'
import type { GuardedFetch } from '#platform/network/guarded-fetch.ts'
import { retryAfterOf } from './retry-schedule.ts'
import { type Signed, signatureHeaders } from './signature.ts'
import type { UrlGuard } from './url-guard.ts'

/** Why an attempt failed. `status`: an answer that is neither 2xx nor a redirect. */
export const attemptFaults = [
  ...(['status', 'redirect', 'timeout', 'unreachable', 'certificate', 'tls', 'broken_answer'] as const),
  ...(['host_forbidden', 'insecure_url'] as const),
]
export type AttemptFault = (typeof attemptFaults)[number]

export type Outcome = {
  startedAt: Date
  /** Until the status line; null when none came. */
  answeredMs: number | null
  durationMs: number
  status: number | null
  /** Null for a success. */
  fault: AttemptFault | null
  /** The beginning of what the receiver said. */
  answer: string | null
  retryAfterSeconds: number
}

/** An attempt that its own process broke off: nobody knows what became of it. */
export class AttemptAborted extends Error {}

export type AttemptDeps = {
  http: GuardedFetch
  guardUrl: UrlGuard
  timeoutMs: number
  now: () => number
}

const excerptBytes = 1024
/** How long the rest of an answer is waited for once its status is known. */
const answerMs = 2000

/**
 * Sends a delivery once. The status line decides; within `timeoutMs` it has to be there.
 * @throws AttemptAborted when `stopping` is aborted.
 */
export async function attempt(
  { http, guardUrl, timeoutMs, now }: AttemptDeps,
  delivery: Omit<Signed, 'timestamp'> & { url: string; secrets: readonly string[] },
  stopping: AbortSignal,
): Promise<Outcome> {
  const startedAt = new Date(now())
  const began = performance.now()
  const elapsed = () => Math.round(performance.now() - began)
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = AbortSignal.any([timeout, stopping])
  const outcome = { startedAt, answeredMs: null, status: null, answer: null, retryAfterSeconds: 0 }
  try {
    await orAborted(guardUrl(delivery.url), signal)
    const response = await http.fetch(delivery.url, {
      method: 'POST',
      headers: headersOf({ ...delivery, timestamp: Math.floor(startedAt.getTime() / 1000) }, delivery.secrets),
      body: delivery.body,
      redirect: 'manual',
      signal,
    })
    const answeredMs = elapsed()
    const answer = await excerptOf(response, signal)
    const { status } = response
    const retryAfterSeconds = retryAfterOf(response.headers.get('retry-after'), now())
    return { startedAt, answeredMs, durationMs: elapsed(), status, fault: faultOf(status), answer, retryAfterSeconds }
  } catch (error) {
    if (stopping.aborted) throw new AttemptAborted()
    return { ...outcome, durationMs: elapsed(), fault: timeout.aborted ? 'timeout' : faultOfError(error) }
  }
}

const headersOf = (signed: Signed, secrets: readonly string[]): Record<string, string> => ({
  ...requestHeaders,
  ...signatureHeaders(signed, secrets),
})

/** What every request bears beside the headers of Standard Webhooks. */
export const requestHeaders = { 'content-type': 'application/json', 'user-agent': 'Ulti-Webhooks/1.0' }

function faultOf(status: number): AttemptFault | null {
  if (status >= 200 && status < 300) return null
  return status >= 300 && status < 400 ? 'redirect' : 'status'
}

/** The guard's refusal comes as the cause of what fetch throws. */
function faultOfError(error: unknown): AttemptFault {
  const refusal = [error, (error as Error).cause].find((one) => one instanceof AppError)
  if (refusal) return refusal.code === 'webhook.insecure_url' ? 'insecure_url' : 'host_forbidden'
  const code = String((error as { cause?: { code?: unknown } }).cause?.code ?? '')
  if (/^UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT$/.test(code)) return 'timeout'
  if (code === 'UND_ERR_SOCKET') return 'unreachable'
  return connectionFaultOf(error) ?? 'broken_answer'
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Whatever comes after the status is of interest to people alone: it is cut off, not waited for. */
async function excerptOf(response: Response, signal: AbortSignal): Promise<string> {
  const reader = response.body?.getReader()
  if (!reader) return ''
  const patience = AbortSignal.any([signal, AbortSignal.timeout(answerMs)])
  const chunks: Uint8Array[] = []
  try {
    for (let length = 0; length < excerptBytes; ) {
      const { value, done } = await orAborted(reader.read(), patience)
      if (done) break
      chunks.push(value)
      length += value.length
    }
  } catch {
    // Too slow, or cut off: what there is is shown.
  }
  await reader.cancel().catch(() => undefined)
  const text = new TextDecoder().decode(Buffer.concat(chunks).subarray(0, excerptBytes))
  return text.replaceAll('\0', '\u{fffd}')
}
