import { setImmediate } from 'node:timers/promises'

/** A request that comes meanwhile waits no longer than that, and for the piece that is being worked on. */
const turnMs = 2

/** Does pieces of work one after the other, and lets the event loop answer requests between them. */
export async function inTurns<Pieces extends Record<string, () => unknown>>(
  pieces: Pieces,
): Promise<{ [Name in keyof Pieces]: ReturnType<Pieces[Name]> }> {
  const done: Record<string, unknown> = {}
  const turn = createTurn()
  for (const [name, work] of Object.entries(pieces)) {
    await turn()
    done[name] = work()
  }
  return done as { [Name in keyof Pieces]: ReturnType<Pieces[Name]> }
}

/** To be awaited between pieces of work: at once while little time has passed, else after what else is due. */
export function createTurn(): () => Promise<void> | undefined {
  let since = performance.now()
  return () => {
    if (performance.now() - since < turnMs) return undefined
    return setImmediate().then(() => {
      since = performance.now()
    })
  }
}
