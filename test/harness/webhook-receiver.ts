import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'

export type ReceivedWebhook = {
  /** The header `webhook-id`. */
  id: string
  type: string
  // biome-ignore lint/suspicious/noExplicitAny: tests read payloads member by member and assert on each
  data: any
  body: string
  headers: Record<string, string>
  path: string
}

export type WebhookAnswer = {
  status?: number
  headers?: Record<string, string>
  body?: string
  /** Before the status line. */
  delayMs?: number
  /** Cuts the connection instead of answering. */
  isCut?: boolean
  /** Begins a body that never ends. */
  isEndless?: boolean
}

/** A program that takes webhooks and keeps each as it came, answered or not. */
export type WebhookReceiver = {
  url: string
  port: number
  readonly received: readonly ReceivedWebhook[]
  /** How many requests waited for their answers at once, at most. */
  readonly mostAtOnce: number
  /** 204 by default. To be set by tests. */
  answer: (webhook: ReceivedWebhook) => WebhookAnswer
  close(): Promise<void>
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = []
  let [atOnce, mostAtOnce] = [0, 0]
  const server = createServer((request, response) => {
    atOnce++
    mostAtOnce = Math.max(mostAtOnce, atOnce)
    response.once('close', () => atOnce--)
    take(request, response).catch(() => response.destroy())
  })
  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const webhook = parse(request, await text(request))
    received.push(webhook)
    const { status = 204, headers = {}, body = '', delayMs = 0, isCut, isEndless } = receiver.answer(webhook)
    if (delayMs > 0) await delay(delayMs, undefined, { ref: false })
    if (isCut) return void response.destroy()
    response.writeHead(status, headers)
    if (isEndless) response.write('and on, ')
    else response.end(body)
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    received,
    get mostAtOnce() {
      return mostAtOnce
    },
    answer: () => ({}),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return receiver
}

function parse(request: IncomingMessage, body: string): ReceivedWebhook {
  const { type, data } = JSON.parse(body) as { type: string; data: unknown }
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
  return { id: headers['webhook-id'] ?? '', type, data, body, headers, path: request.url ?? '' }
}
