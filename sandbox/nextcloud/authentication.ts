import type { IncomingMessage } from 'node:http'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { DavError } from './dav-exchange.ts'
import type { People, Person } from './people.ts'

export type IssuerOptions = {
  /** Where user_oidc finds the provider's discovery document, without `/.well-known/…`. */
  url: string
  clientId: string
}

type Keys = { issuer: string; set: ReturnType<typeof createLocalJWKSet>; until: number }

const keysKeptMs = 3_600_000
const maxFailures = 12

/**
 * Who sends a request: by a bearer token as user_oidc takes it, or by a password. `faults` are what a test may switch on.
 */
export function createAuthentication(options: {
  people: People
  issuer: IssuerOptions | undefined
  faults: { isThrottling: boolean }
}) {
  const { people, issuer, faults } = options
  const failures = new Map<string, number>()
  let keys: Keys | undefined

  async function personOfToken(token: string): Promise<Person | undefined> {
    if (!issuer) return undefined
    try {
      if (!keys || keys.until < Date.now()) keys = await fetchKeys(issuer.url)
      const { payload } = await jwtVerify(token, keys.set, {
        issuer: keys.issuer,
        audience: issuer.clientId,
        clockTolerance: 0,
        algorithms: ['RS256', 'ES256', 'EdDSA'],
        requiredClaims: ['exp', 'preferred_username'],
      })
      const uid = String(payload.preferred_username)
      // It is there by its name alone then: no address, so nobody can invite it.
      return people.find(uid) ?? people.add({ uid, backend: 'user_oidc' })
    } catch {
      return undefined
    }
  }

  async function personOf(authorization: string): Promise<Person | undefined> {
    const [, scheme = '', credentials = ''] = /^(\S+) +(\S+)$/.exec(authorization) ?? []
    if (scheme.toLowerCase() === 'bearer') return personOfToken(credentials)
    if (scheme.toLowerCase() !== 'basic') return undefined
    const [, user = '', password = ''] =
      /^([^:]*):([\s\S]*)$/.exec(Buffer.from(credentials, 'base64').toString('utf8')) ?? []
    return people.findByPassword(user, password)
  }

  return {
    /** @throws DavError 401, 429 once an address has failed too often, 503 for a disabled account. */
    async authenticate(request: IncomingMessage): Promise<Person> {
      const address = request.socket.remoteAddress ?? ''
      const failed = failures.get(address) ?? 0
      // Whoever comes from that address: credentials are not looked at any more.
      if (faults.isThrottling && failed >= maxFailures)
        throw new DavError(429, 'OCP\\Security\\Bruteforce\\MaxDelayReached')
      const { authorization } = request.headers
      const person = authorization === undefined ? undefined : await personOf(authorization)
      if (!person) {
        if (authorization !== undefined) failures.set(address, failed + 1)
        throw new DavError(401, 'NotAuthenticated', 'Cannot authenticate: no public access to this resource.')
      }
      if (!person.isEnabled)
        throw new DavError(503, 'ServiceUnavailable', 'OC\\User\\LoginException: Account is disabled')
      return person
    },
    /** As after an hour: the issuer is asked again. */
    forgetKeys(): void {
      keys = undefined
    },
    forgetFailures: (): void => failures.clear(),
  }
}

/** A key that is not among them is not asked for again until they are too old, as user_oidc has it. */
async function fetchKeys(url: string): Promise<Keys> {
  const discovery = await fetchJson<{ issuer: string; jwks_uri: string }>(`${url}/.well-known/openid-configuration`)
  const set = createLocalJWKSet(await fetchJson<JSONWebKeySet>(discovery.jwks_uri))
  return { issuer: discovery.issuer, set, until: Date.now() + keysKeptMs }
}

async function fetchJson<T>(url: string): Promise<T> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5000) })
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`)
  return (await answer.json()) as T
}
