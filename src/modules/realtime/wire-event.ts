import type { StoredEvent } from '#platform/events/events.ts'

/** An event as all clients of its owner get it: written once, and only when somebody wants it. */
export type WireEvent = {
  seq: number
  type: string
  /** What its holder must be allowed to do to see it. */
  permission: string
  /** All text in its data, in which the ids of what it is about are. */
  names(): ReadonlySet<string>
  bytes(): Buffer
  /** How long it is, if it was written to anybody. */
  size(): number
}

export function createWireEvent({ seq, type, data, created_at }: StoredEvent): WireEvent {
  let bytes: Buffer | undefined
  let names: Set<string> | undefined
  return {
    seq,
    type,
    permission: `${type.slice(0, type.indexOf('.'))}:read`,
    names: () => (names ??= new Set(textsIn(data))),
    bytes: () => (bytes ??= Buffer.from(JSON.stringify({ type, seq, at: created_at.toISOString(), data }))),
    size: () => bytes?.length ?? 0,
  }
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}
