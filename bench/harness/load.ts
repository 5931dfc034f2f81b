import { spawn } from 'node:child_process'
import { once } from 'node:events'

export type Load = { url: string; headers?: Record<string, string>; connections: number; seconds: number }

/** Requests a second that autocannon, in a process of its own, gets answered with 2xx. @throws Error when any answer is another. */
export async function requestsPerSecond(load: Load): Promise<number> {
  const { requests, duration } = await runAutocannon(load)
  return requests.total / duration
}

/**
 * Milliseconds within which 99 % of the answers came, of `rate` requests a second; each is counted from when it should
 * have been sent, so that waiting in line counts. @throws Error when any answer is no 2xx.
 */
export async function latencyP99(load: Load, rate: number): Promise<number> {
  return (await runAutocannon(load, ['-R', String(rate)])).latency.p99
}

async function runAutocannon({ url, headers = {}, connections, seconds }: Load, more: string[] = []) {
  const given = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}=${value}`])
  const options = ['-j', '-c', String(connections), '-d', String(seconds), ...more, ...given, url]
  const child = spawn('autocannon', options, { stdio: ['ignore', 'pipe', 'ignore'] })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk) => chunks.push(chunk))
  await once(child, 'close')
  const report = JSON.parse(Buffer.concat(chunks).toString('utf8'))
  if (report.non2xx > 0 || report.errors > 0)
    throw new Error(`${report.non2xx} answers were no 2xx, ${report.errors} failed`)
  return report
}
