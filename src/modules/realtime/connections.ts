import type { Logger } from '#platform/observability/log.ts'
import type { Holder } from './admission/admission.ts'
import type { Hub } from './channels/hub.ts'
import { createSubscriber, type Subscriber, type Transport } from './channels/subscriber.ts'
import { closings } from './closings.ts'
import type { RealtimeMetrics } from './metrics.ts'
import type { Watch } from './watch.ts'
import type { Wishes } from './wishes.ts'

/** A connection that asks to be served. `onClosed` calls back once, when it is over for whatever reason. */
export type Opened = {
  holder: Holder
  transport: Transport
  resumeFrom: number | undefined
  wishes: Wishes | undefined
  onClosed(listener: () => void): void
}

/** The connections of this node, from the first word to the last. */
export function createConnections(deps: {
  hub: Hub
  watch: Watch
  metrics: RealtimeMetrics
  log: Logger
  /** How many one person may have on this node. */
  perPerson: number
}) {
  const { hub, watch, metrics, log, perPerson } = deps
  const open = new Set<Transport>()
  const countOf = new Map<string, number>()
  let isClosing = false

  const join = async ({ holder, transport, resumeFrom, onClosed }: Opened, subscriber: Subscriber) => {
    let isClosed = false
    let leave: (() => void) | undefined
    onClosed(() => {
      isClosed = true
      leave?.()
    })
    try {
      leave = await hub.join(holder.ownerId, subscriber, resumeFrom)
      if (isClosed) leave()
    } catch (error) {
      log.error({ err: error }, 'a client could not join the events of its owner')
      transport.close(closings.failed)
    }
  }

  return {
    /** @returns what its wishes can be changed by; undefined when it is closed at once. */
    serve(opened: Opened): Subscriber | undefined {
      const { holder, transport, wishes, onClosed } = opened
      const { ownerId, mayRead } = holder
      const count = countOf.get(ownerId) ?? 0
      if (isClosing) transport.close(closings.goingAway)
      else if (count >= perPerson) transport.close(closings.tooMany)
      if (isClosing || count >= perPerson) return undefined
      open.add(transport)
      countOf.set(ownerId, count + 1)
      metrics.connections.inc()
      const subscriber = createSubscriber(transport, { mayRead, wishes, onDelivered: () => metrics.delivered.inc() })
      const endWatch = watch.begin({
        ...{ ownerId, credentialId: holder.credentialId, expiresAt: holder.expiresAt, close: transport.close },
        onHeartbeat: () => endUnlessAlive(subscriber, transport),
      })
      onClosed(() => {
        endWatch()
        open.delete(transport)
        const left = (countOf.get(ownerId) ?? 1) - 1
        if (left > 0) countOf.set(ownerId, left)
        else countOf.delete(ownerId)
        metrics.connections.dec()
      })
      void join(opened, subscriber)
      return subscriber
    },
    /** Tells everybody to go elsewhere. */
    close(): void {
      isClosing = true
      for (const transport of open) transport.close(closings.goingAway)
    },
  }
}

function endUnlessAlive(subscriber: Subscriber, transport: Transport): void {
  const pulse = subscriber.pulse()
  if (pulse === 'dead') transport.terminate()
  if (pulse === 'too slow') transport.close(closings.tooSlow)
}

export type Connections = ReturnType<typeof createConnections>
