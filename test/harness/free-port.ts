import { createServer } from 'node:net'

const LOWEST = 20_000
const HIGHEST = 32_000

/**
 * A TCP port on 127.0.0.1 that nothing listens on now. It lies below the kernel's ephemeral ports (32768 and up on
 * Linux), so that no outgoing connection of another test takes it before the server that it is meant for.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    if (await isFree(port)) return port
  }
  throw new Error(`No free TCP port found between ${LOWEST} and ${HIGHEST}.`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
