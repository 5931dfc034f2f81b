import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Context,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { faultCodeOf } from './fault-code.ts'
import type { Span, SpanOptions, Tracing } from './tracing.ts'

const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER }
const sendEveryMs = 2000
const sendWithinMs = 5000
const stopWithinMs = 2000

/** To be loaded on demand only: what it imports costs memory and time that nobody who does not trace should pay. */
export function startOpenTelemetry(options: {
  endpoint: string
  version: string
  nodeId?: string
  onError: (error: unknown) => void
}): Tracing {
  setGlobalErrorHandler(options.onError)
  const url = `${options.endpoint.replace(/\/$/, '')}/v1/traces`
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: sendWithinMs })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'ultid',
      'service.version': options.version,
      ...(options.nodeId !== undefined && { 'service.instance.id': options.nodeId }),
    }),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: sendEveryMs })],
  })
  const stop = async () => {
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, stopWithinMs)
    await Promise.race([provider.shutdown().catch(options.onError), late.promise])
    clearTimeout(timer)
  }
  return { ...createSpans(provider.getTracer('ultid', options.version)), stop }
}

/** The active span is kept here and not in OpenTelemetry's global, which would outlive this. */
const active = new AsyncLocalStorage<Context>()
const propagator = new W3CTraceContextPropagator()

function createSpans(tracer: Tracer): Omit<Tracing, 'stop'> {
  const start = (name: string, { kind, attributes = {} }: SpanOptions, parent: Context): Span => {
    const spanKind = kind === undefined ? SpanKind.INTERNAL : kinds[kind]
    return spanOf(tracer.startSpan(name, { kind: spanKind, attributes }, parent), parent)
  }
  return {
    isOn: true,
    async trace(name, options, work) {
      const span = start(name, options, active.getStore() ?? ROOT_CONTEXT)
      try {
        return await span.run(() => work(span))
      } catch (error) {
        span.fail(faultCodeOf(error))
        throw error
      } finally {
        span.end()
      }
    },
    begin(name, { headers, ...options }) {
      const parent = headers ? propagator.extract(ROOT_CONTEXT, headers, headerGetter) : active.getStore()
      return start(name, options, parent ?? ROOT_CONTEXT)
    },
    beginBelow(name, options) {
      const parent = active.getStore()
      return parent && start(name, options, parent)
    },
  }
}

function spanOf(span: OtelSpan, parent: Context): Span {
  const context = trace.setSpan(parent, span)
  return {
    traceId: span.spanContext().traceId,
    setAttributes: (attributes) => void span.setAttributes(attributes),
    fail: (code) => void span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', code),
    end: () => span.end(),
    run: (work) => active.run(context, work),
  }
}

const headerGetter: TextMapGetter<Readonly<Record<string, unknown>>> = {
  keys: (headers) => Object.keys(headers),
  get(headers, name) {
    const value = headers[name]
    return typeof value === 'string' ? value : undefined
  },
}
