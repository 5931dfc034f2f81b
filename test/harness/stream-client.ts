import { type ConnectionQuery, eventsAmong, type Message } from './socket-client.ts'

export type StreamClient = {
  headers: Headers
  messages: Message[]
  events(): Message[]
  /** As a browser keeps it. */
  lastEventId(): string
  /** Settles once the server has ended the stream, or it was cut off. */
  ended: Promise<void>
  close(): void
}

/** A client of Server-Sent Events that heard the first message. @throws Error `<status> <code>` when it is not let in. */
export async function connectStream(
  url: string,
  { token, lastEventId, ...query }: ConnectionQuery & { lastEventId?: string } = {},
): Promise<StreamClient> {
  const address = new URL('/api/v1/events/stream', url)
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, String(value))
  const abort = new AbortController()
  const answer = await fetch(address, {
    signal: abort.signal,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    },
  })
  if (answer.status !== 200) throw new Error(`${answer.status} ${((await answer.json()) as { code: string }).code}`)
  const messages: Message[] = []
  let id = ''
  const { promise: greeted, resolve: greet } = Promise.withResolvers<void>()
  const ended = readBlocks(answer, (fields) => {
    id = fields.get('id') ?? id
    const text = fields.get('data')
    if (text === undefined) return
    messages.push(JSON.parse(text))
    greet()
  }).catch(() => undefined)
  await Promise.race([greeted, ended])
  return {
    headers: answer.headers,
    messages,
    events: () => eventsAmong(messages),
    lastEventId: () => id,
    ended,
    close: () => abort.abort(),
  }
}

/** The fields of each block; of those that ultid writes none comes twice. */
async function readBlocks(answer: Response, onBlock: (fields: Map<string, string>) => void): Promise<void> {
  let text = ''
  for await (const chunk of (answer.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    const blocks = (text + chunk).split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const lines = block.split('\n').filter((line) => !line.startsWith(':'))
      onBlock(new Map(lines.map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)])))
    }
  }
}
