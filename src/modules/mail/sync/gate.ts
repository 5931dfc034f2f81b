/** Lets work of a limited total weight run at once; the rest waits in order. */
export type Gate = <T>(work: () => Promise<T>, weight?: number) => Promise<T>

/** Work heavier than the whole capacity runs alone. */
export function createGate(capacity: number): Gate {
  const waiting: Array<{ weight: number; start: () => void }> = []
  let used = 0
  const admit = () => {
    for (let next = waiting[0]; next && used + next.weight <= capacity; next = waiting[0]) {
      waiting.shift()
      used += next.weight
      next.start()
    }
  }
  return async (work, requested = 1) => {
    const weight = Math.min(requested, capacity)
    await new Promise<void>((start) => {
      waiting.push({ weight, start })
      admit()
    })
    try {
      return await work()
    } finally {
      used -= weight
      admit()
    }
  }
}

/** A gate of its own for each key; a key's gate is dropped when nobody uses it. */
export function createKeyedGate(capacity: number): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const gates = new Map<string, { gate: Gate; users: number }>()
  return async (key, work) => {
    const entry = gates.get(key) ?? { gate: createGate(capacity), users: 0 }
    gates.set(key, entry)
    entry.users++
    try {
      return await entry.gate(work)
    } finally {
      entry.users--
      if (entry.users === 0) gates.delete(key)
    }
  }
}
