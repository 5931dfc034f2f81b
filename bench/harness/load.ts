import { spawn } from 'node:child_process'
import { once } from 'node:events'

export type Load = { url: string; headers?: Record<string, string>; connections: number; seconds: number }

/** Requests a second that autocannon, in a process of its own, gets answered with 2xx. @throws Error when any answer is another. */
export async function requestsPerSecond({ url, headers = {}, connections, seconds }: Load): Promise<number> {
  const given = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}=${value}`])
  const options = ['-j', '-c', String(connections), '-d', String(seconds), ...given, url]
  const child = spawn('autocannon', options, { stdio: ['ignore', 'pipe', 'ignore'] })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk) => chunks.push(chunk))
  await once(child, 'close')
  const report = JSON.parse(Buffer.concat(chunks).toString('utf8'))
  if (report.non2xx > 0 || report.errors > 0)
    throw new Error(`${report.non2xx} answers were no 2xx, ${report.errors} failed`)
  return report.requests.total / report.duration
}
