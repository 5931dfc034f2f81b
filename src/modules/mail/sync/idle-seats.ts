/** Gives back a seat; once is enough. */
type LeaveSeat = () => void

export type IdleSeats = { take(host: string): LeaveSeat | undefined }

/** Places for accounts that stay connected to a host. `take` answers undefined when all `perHost` are taken. */
export function createIdleSeats(perHost: number): IdleSeats {
  const taken = new Map<string, number>()
  return {
    take(host) {
      const count = taken.get(host) ?? 0
      if (count >= perHost) return undefined
      taken.set(host, count + 1)
      let isTaken = true
      return () => {
        if (!isTaken) return
        isTaken = false
        const left = (taken.get(host) ?? 1) - 1
        if (left > 0) taken.set(host, left)
        else taken.delete(host)
      }
    },
  }
}
