import type { Ports } from './ports.ts'
import { SandboxError } from './sandbox-error.ts'
import type { DemoUser } from './users.ts'

type Server = { host: string; port: number; security: 'none'; username: string }
type Account = { id: string; email: string; imap?: Server; smtp?: Server }

export type AccountOptions = { apiUrl: string; token: string; user: DemoUser; ports: Ports }

/**
 * Connects a demo user's mailbox through the API, as a person would, unless it is connected at these ports already.
 * Says whether it had to.
 */
export async function connectAccount({ apiUrl, token, user, ports }: AccountOptions): Promise<boolean> {
  const call = createCall(`${apiUrl}/api/v1/mail/accounts`, token)
  const { items } = await call<{ items: Account[] }>('GET')
  const wanted = accountOf(user, ports)
  const known = items.filter(({ email }) => email === user.email)
  const isCurrent = (account: Account) =>
    account.imap?.port === wanted.imap.port && account.smtp?.port === wanted.smtp.port
  for (const account of known) if (!isCurrent(account)) await call('DELETE', `/${account.id}`)
  if (known.some(isCurrent)) return false
  await call('POST', '', wanted)
  return true
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

function createCall(url: string, token: string) {
  return async <T>(method: string, path = '', body?: object): Promise<T> => {
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
