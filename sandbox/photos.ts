import { loadIssuerKeys, signAccessToken } from './issuer-keys.ts'
import { SandboxError } from './sandbox-error.ts'
import { demoUsers } from './users.ts'

type Album = { id: string; name: string; is_mine: boolean; members: object[] }

/** Looks at everybody's photos for the first time, which makes their accounts, and shares an album of alice with bob. */
export async function openPhotos({
  apiUrl,
  issuerDir,
}: {
  apiUrl: string
  issuerDir: string
}): Promise<{ months: number }> {
  const keys = await loadIssuerKeys(issuerDir)
  if (!keys) throw new Error('The issuer has no keys.')
  const [alice, ...others] = await Promise.all(
    demoUsers.map(async (user) => {
      const token = await signAccessToken(keys, user)
      const call = <T>(method: string, path: string, body?: object) =>
        send<T>(`${apiUrl}/api/v1/photos`, token, { method, path, body })
      return { call, months: (await call<{ items: object[] }>('GET', '/timeline')).items.length }
    }),
  )
  if (!alice) throw new Error('There are no demo users.')
  const { items } = await alice.call<{ items: Album[] }>('GET', '/albums')
  const album = items.find(({ name, is_mine, members }) => name === 'Lisbon' && is_mine && members.length === 0)
  if (album) await alice.call('PUT', `/albums/${album.id}/members`, { email: 'bob@ulti.example', role: 'viewer' })
  return { months: alice.months + others.reduce((sum, { months }) => sum + months, 0) }
}

async function send<T>(
  url: string,
  token: string,
  request: { method: string; path: string; body: object | undefined },
): Promise<T> {
  const { method, path, body } = request
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new SandboxError(`${method} ${url}${path} answered ${response.status}: ${text}`)
  return JSON.parse(text) as T
}
