import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'

export type Load = { url: string; headers?: Record<string, string>; connections: number; seconds: number }

/** autocannon in one process for many short runs, so that what is compared can take turns by the second. */
export function startLoad() {
  const child = fork(new URL('load-process.ts', import.meta.url))
  return {
    /** Requests a second that are answered with 2xx. @throws Error when any answer is another. */
    async requestsPerSecond(load: Load): Promise<number> {
      child.send(load)
      const [{ total, duration, refused, failed }] = await once(child, 'message')
      if (refused > 0 || failed > 0) throw new Error(`${refused} answers were no 2xx, ${failed} failed`)
      return total / duration
    },
    close: () => child.disconnect(),
  }
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
