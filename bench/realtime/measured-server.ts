/** What a server of the benchmark does when it is told to. Its processes run with `--expose-gc`. */
export type Command = 'say' | 'weigh'

/** Bytes that this process holds, once what nobody needs is gone. */
export type Weight = { resident: number; heap: number }

/**
 * Answers commands of the parent process: `weigh`, and `say`, which has an event sent to all clients, by when that was
 * done, in nanoseconds of the clock that processes share.
 */
export function obeyBench(url: string, say: () => Promise<void> | void): void {
  process.on('message', async (command: Command) => {
    if (command === 'weigh') return void process.send?.(weigh())
    await say()
    process.send?.(String(process.hrtime.bigint()))
  })
  process.send?.(url)
}

function weigh(): Weight {
  for (let round = 0; round < 4; round++) globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { resident: rss, heap: heapUsed + external }
}
