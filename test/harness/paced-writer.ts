import type { Socket } from 'node:net'

export type PacedWriter = {
  /** Written after `delayMs` and never before what was given earlier. */
  write(bytes: Buffer, delayMs: number): void
  /** Half-closes, in order. */
  end(delayMs: number): void
  /** Delivers at once what is waiting, then closes the socket. */
  close(): void
  /** Nothing is written until `thaw`. */
  freeze(): void
  thaw(): void
}

type Item = { due: number; bytes?: Buffer }

/** So much may wait before the source is asked to pause. */
const HIGH_WATER = 4_194_304

/** Writes to a socket with a delay per item; tells its source when to pause and when to go on. */
export function createPacedWriter(target: Socket, source: Socket): PacedWriter {
  const queue: Item[] = []
  let waiting = 0
  let isFrozen = false
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    if (isFrozen) return
    while (queue[0] && queue[0].due <= performance.now()) send(queue.shift())
    if (queue[0]) timer = setTimeout(flush, Math.max(1, queue[0].due - performance.now()))
    relieve()
  }

  function send(item: Item | undefined): void {
    if (!target.writable) return
    if (!item?.bytes) return void target.end()
    waiting -= item.bytes.length
    target.write(item.bytes, relieve)
  }

  function relieve(): void {
    if (isFrozen || waiting + target.writableLength > HIGH_WATER) source.pause()
    else source.resume()
  }

  function add(item: Item): void {
    queue.push(item)
    if (queue.length === 1 || !timer) flush()
    else relieve()
  }

  return {
    write(bytes, delayMs) {
      waiting += bytes.length
      add({ due: performance.now() + delayMs, bytes })
    },
    end: (delayMs) => add({ due: performance.now() + delayMs }),
    close() {
      clearTimeout(timer)
      for (const item of queue.splice(0)) send(item)
      // Not destroy(), which drops what the kernel has not taken yet.
      target.destroySoon()
    },
    freeze() {
      isFrozen = true
      source.pause()
    },
    thaw() {
      isFrozen = false
      flush()
    },
  }
}
