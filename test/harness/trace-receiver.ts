import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

export type ReceivedSpan = {
  name: string
  traceId: string
  spanId: string
  parentSpanId: string | undefined
  kind: number
  isFailed: boolean
  attributes: Record<string, unknown>
}

type Value = { stringValue?: string; intValue?: string | number; boolValue?: boolean; doubleValue?: number }
type Attribute = { key: string; value: Value }
type WireSpan = Omit<ReceivedSpan, 'attributes' | 'isFailed'> & { attributes?: Attribute[]; status?: { code?: number } }
type Batch = {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: WireSpan[] }[] }[]
}

/** Takes traces as a collector does: OTLP over HTTP in JSON. */
export async function startTraceReceiver() {
  const spans: ReceivedSpan[] = []
  const services = new Set<unknown>()
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST' || request.url !== '/v1/traces') return response.writeHead(404).end()
    const { resourceSpans } = (await json(request)) as Batch
    for (const { resource, scopeSpans } of resourceSpans) {
      services.add(attributesOf(resource.attributes)['service.name'])
      spans.push(...scopeSpans.flatMap((scope) => scope.spans.map(spanOf)))
    }
    response.setHeader('content-type', 'application/json').end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** In the order of arrival. */
    spans,
    services,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const statusError = 2

const spanOf = ({ name, traceId, spanId, parentSpanId, kind, attributes = [], status }: WireSpan): ReceivedSpan => ({
  ...{ name, traceId, spanId, parentSpanId, kind },
  isFailed: status?.code === statusError,
  attributes: attributesOf(attributes),
})

const attributesOf = (attributes: Attribute[]): Record<string, unknown> =>
  Object.fromEntries(
    attributes.map(({ key, value: { stringValue, intValue, boolValue, doubleValue } }) => [
      key,
      stringValue ?? (intValue === undefined ? (boolValue ?? doubleValue) : Number(intValue)),
    ]),
  )
