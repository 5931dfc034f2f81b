import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

const LOWEST = 20_000
const HIGHEST = 32_000

/**
 * A TCP port on 127.0.0.1 that nothing listens on now, and that no other test of this run is given. It lies below the
 * kernel's ephemeral ports (32768 and up on Linux), so that no outgoing connection of another test takes it before the
 * server that it is meant for.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    if (reservePort(port) && (await isFree(port))) return port
  }
  throw new Error(`No free TCP port found between ${LOWEST} and ${HIGHEST}.`)
}

/** False when a test of this run has it already: between being found free and being listened on, a port is nobody's. */
export function reservePort(port: number): boolean {
  const runDir = process.env.ULTI_TEST_RUN_DIR
  if (!runDir) return true
  const directory = join(runDir, 'ports')
  mkdirSync(directory, { recursive: true })
  try {
    writeFileSync(join(directory, String(port)), '', { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
