import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openRecords } from '../nextcloud/records.ts'
import { type DemoUser, demoUsers } from '../users.ts'
import { type Directory, openDirectory } from './directory.ts'
import { createExchanges, type Exchange } from './exchange.ts'
import { groupRoutes } from './group-routes.ts'
import { userRoutes } from './user-routes.ts'

export type AuthentikOptions = {
  /** 0 for any that is free. */
  port: number
  stateDir: string
  /** Who is there at the first start. */
  users?: readonly DemoUser[]
  onExchange?: (exchange: Exchange) => void
}

export type AuthentikStandIn = Awaited<ReturnType<typeof startAuthentik>>

/** The token of its administration. */
export const authentikToken = 'sandbox-authentik-token'

/** An Authentik as far as administration uses one: its API of users and groups, in the form that it publishes. */
export async function startAuthentik(options: AuthentikOptions) {
  const { users = demoUsers } = options
  const records = await openRecords(options.stateDir)
  const directory = await openDirectory(records)
  if (directory.users().length === 0) seed(directory, users)
  /** What a test may switch. */
  const faults = { hasRecovery: true, hasEmailStage: true, isDown: false }
  /** What was mailed to people. */
  const mails: { to: string; stage: string }[] = []
  const ofUsers = userRoutes(directory, {
    hasRecovery: () => faults.hasRecovery,
    emailStages: () => (faults.hasEmailStage ? emailStages : []),
    onMail: (mail) => mails.push(mail),
  })
  const routes = [...ofUsers, ...groupRoutes(directory)]
  const answer = createExchanges({ token: authentikToken, routes, onExchange: options.onExchange })
  const server = createServer((request, response) => {
    if (faults.isDown) return response.writeHead(503).end()
    answer(request, response).catch((error: Error) => response.writeHead(500).end(error.message))
  })
  server.listen(options.port, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/auth`,
    directory,
    faults,
    mails,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
      await records.close()
    },
  }
}

const emailStages = ['default-authenticator-email', 'default-recovery-email'].map((name) => ({
  pk: randomUUID(),
  name,
}))

function seed(directory: Directory, users: readonly DemoUser[]): void {
  const groups = new Map<string, number[]>()
  for (const { name: username, fullName: name, email, groups: names } of users) {
    const { pk } = directory.addUser({ username, name, email })
    for (const group of names) groups.set(group, [...(groups.get(group) ?? []), pk])
  }
  for (const [name, members] of groups) directory.addGroup(name, members)
}
