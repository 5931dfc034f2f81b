import { setTimeout as delay } from 'node:timers/promises'
import { loadIssuerKeys, signAccessToken } from './issuer-keys.ts'
import type { Ports } from './ports.ts'
import { SandboxError } from './sandbox-error.ts'
import { type DemoUser, demoUsers } from './users.ts'

type Server = { host: string; port: number; security: 'none'; username: string }
type Folder = { id: string; role: string | null; total_count: number }
type Account = { id: string; email: string; imap?: Server; smtp?: Server }

export type AccountOptions = { apiUrl: string; ports: Ports; issuerDir: string }

/**
 * Connects the demo users' mailboxes through the API, as people would, unless they are connected at these ports
 * already. Answers with alice's account and inbox; `inboxId` is undefined when its first sync takes over five seconds.
 */
export async function connectAccounts({ apiUrl, ports, issuerDir }: AccountOptions) {
  const keys = await loadIssuerKeys(issuerDir)
  if (!keys) throw new Error('The issuer has no keys.')
  const people = demoUsers.map(async (user) => {
    const call = createCall(`${apiUrl}/api/v1/mail`, await signAccessToken(keys, user))
    return { call, ...(await connectAccount(call, accountOf(user, ports))) }
  })
  const [alice, ...others] = await Promise.all(people)
  if (!alice) throw new Error('There are no demo users.')
  return {
    accountId: alice.id,
    inboxId: await findInbox(alice.call),
    isNew: [alice, ...others].some(({ isNew }) => isNew),
  }
}

async function connectAccount(call: Call, wanted: ReturnType<typeof accountOf>) {
  const { items } = await call<{ items: Account[] }>('GET', '/accounts')
  const known = items.filter(({ email }) => email === wanted.email)
  const isCurrent = ({ imap, smtp }: Account) => imap?.port === wanted.imap.port && smtp?.port === wanted.smtp.port
  for (const account of known) if (!isCurrent(account)) await call('DELETE', `/accounts/${account.id}`)
  const current = known.find(isCurrent)
  if (current) return { id: current.id, isNew: false }
  const { id } = await call<Account>('POST', '/accounts', wanted)
  return { id, isNew: true }
}

async function findInbox(call: Call): Promise<string | undefined> {
  const deadline = Date.now() + 5000
  while (Date.now() < deadline) {
    const { items } = await call<{ items: Folder[] }>('GET', '/folders')
    const inbox = items.find(({ role }) => role === 'inbox')
    if (inbox?.total_count) return inbox.id
    await delay(50)
  }
  return undefined
}

function accountOf({ name, fullName, email, mailPassword }: DemoUser, ports: Ports) {
  const login = { host: '127.0.0.1', security: 'none', username: name, password: mailPassword }
  return {
    email,
    name: fullName,
    imap: { ...login, port: ports.imap[name] },
    smtp: { ...login, port: ports.smtp },
  }
}

type Call = ReturnType<typeof createCall>

function createCall(url: string, token: string) {
  return async <T>(method: string, path: string, body?: object): Promise<T> => {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body && { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new SandboxError(`${method} ${url}${path} answered ${response.status}: ${text}`)
    return (text ? JSON.parse(text) : undefined) as T
  }
}
