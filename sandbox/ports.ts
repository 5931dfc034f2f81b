import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { SandboxError } from './sandbox-error.ts'
import type { UserName } from './users.ts'

export type Ports = {
  ultid: number
  issuer: number
  imap: Record<UserName, number>
  smtp: number
  postgres: number
  nextcloud: number
  /** Where ultid is an issuer to Nextcloud. */
  nextcloudIssuer: number
  authentik: number
  immich: number
  jitsi: number
}

const portNames = [
  'ultid (the API)',
  'the sign-in (OIDC issuer)',
  "alice's IMAP server",
  "bob's IMAP server",
  "carol's IMAP server",
  'the SMTP server',
  'PostgreSQL',
  'Nextcloud',
  "ultid's issuer for Nextcloud",
  'Authentik',
  'Immich',
  'Jitsi',
]

/**
 * `PORT` (8080 by default) is ultid's; the other servers take the ports after it.
 * @throws SandboxError that names the variable when the value is no usable port.
 */
export function choosePorts(value = '8080'): Ports {
  const first = Number(value)
  const highest = 65_535 - portNames.length + 1
  if (!Number.isInteger(first) || first < 1 || first > highest) {
    throw new SandboxError(`PORT must be a whole number from 1 to ${highest}, not "${value}".`)
  }
  return {
    ultid: first,
    issuer: first + 1,
    imap: { alice: first + 2, bob: first + 3, carol: first + 4 },
    smtp: first + 5,
    postgres: first + 6,
    nextcloud: first + 7,
    nextcloudIssuer: first + 8,
    authentik: first + 9,
    immich: first + 10,
    jitsi: first + 11,
  }
}

/** @throws SandboxError that names every port in use, what wanted it and the variable that moves it. */
export async function assertPortsFree({ ultid: first }: Ports) {
  const ports = portNames.map((name, index) => ({ name, port: first + index }))
  const states = await Promise.all(ports.map(({ port }) => isFree(port)))
  const taken = ports.filter((_, index) => !states[index])
  if (!taken.length) return
  const last = first + portNames.length - 1
  throw new SandboxError(
    `${taken.map(({ name, port }) => `Port ${port}, meant for ${name}, is in use.`).join('\n')}\n` +
      `The sandbox takes the ports from PORT (${first}) to ${last}. Set PORT to move them all, for example:\n` +
      `  PORT=${first + 1000 > 60_000 ? 9080 : first + 1000} npm start`,
  )
}

const given = new Set<number>()

/**
 * A port that nothing listens on and that was not given before. It lies below those that kernels give to connections
 * (32768 and up on Linux): one of these may be taken before the server is there that it is meant for.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 12_000)
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    return port
  }
}

/** Whether something listens on a port of this machine. */
export async function canConnect(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return true
  } catch {
    return false
  }
}
