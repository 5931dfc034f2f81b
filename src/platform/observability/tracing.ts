export type Attributes = Readonly<Record<string, string | number | boolean>>

export type SpanOptions = {
  /** What this process does in it: answers, asks, or works off a queue. */
  kind?: 'server' | 'client' | 'consumer'
  attributes?: Attributes
}

/** One timed piece of work; it does not count before `end`. */
export type Span = {
  /** 32 hexadecimal digits, the same in all spans of a trace. */
  readonly traceId: string
  setAttributes(attributes: Attributes): void
  /** Marks the work as failed, by a word such as faultCodeOf finds. */
  fail(code: string): void
  end(): void
  /** Spans that begin during `work`, or in what it started, lie below this one. */
  run<T>(work: () => T): T
}

/** Spans of OpenTelemetry, or nothing at all. */
export type Tracing = {
  readonly isOn: boolean
  /** Runs `work` in a span of its own, which ends when it settles and fails when it rejects. */
  trace<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>
  /** A span that its caller ends; the one that `headers` name (W3C Trace Context) is above it. */
  begin(name: string, options: SpanOptions & { headers?: Readonly<Record<string, unknown>> }): Span
  /** The same below the active span; undefined when there is none, so that polls in the background tell nothing. */
  beginBelow(name: string, options: SpanOptions): Span | undefined
  /** Sends what is left, for two seconds at most. */
  stop(): Promise<void>
}

const noSpan: Span = {
  traceId: '',
  setAttributes: () => undefined,
  fail: () => undefined,
  end: () => undefined,
  run: (work) => work(),
}

/** Tracing while nobody asks for it. */
export const noTracing: Tracing = {
  isOn: false,
  trace: (_name, _options, work) => work(noSpan),
  begin: () => noSpan,
  beginBelow: () => undefined,
  stop: async () => undefined,
}

/** Tracing to `endpoint`, the base address of an OTLP/HTTP receiver; without one nothing of OpenTelemetry is loaded. */
export async function startTracing(options: {
  endpoint: string | undefined
  version: string
  nodeId?: string
  onError: (error: unknown) => void
}): Promise<Tracing> {
  const { endpoint } = options
  if (endpoint === undefined) return noTracing
  const { startOpenTelemetry } = await import('./open-telemetry.ts')
  return startOpenTelemetry({ ...options, endpoint })
}
