import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'

export type Claims = JWTPayload & { sub: string; email?: string; name?: string; groups?: string[] }

export type Signing = {
  /** `foreign`: a key that the issuer never published, under the id of the current one. `none`: unsigned. */
  key?: 'current' | 'foreign' | 'none' | 'hs256'
  /** The `kid` of the header; that of the current key by default, null for none. */
  kid?: string | null
  /** Negative for a token that has expired. 300 by default. */
  expiresInSeconds?: number
}

/** An OIDC issuer as far as a resource server sees one: discovery, keys, and tokens of any quality. */
export type Issuer = {
  url: string
  /** The `aud` of its tokens. */
  audience: string
  /** An RS256 access token. Claims given here win over those made up: `iss`, `aud`, `iat`, `nbf`, `exp`, `email`. */
  token(claims: Claims, signing?: Signing): Promise<string>
  /** From now on signs with, and publishes alone, a new key. */
  rotateKey(): Promise<void>
  /** While true every request is answered 503. */
  isDown: boolean
  /** How often each was fetched, refusals included. */
  readonly fetches: { discovery: number; jwks: number }
  close(): Promise<void>
}

type SigningKey = { privateKey: CryptoKey; published: JWK }

export async function startIssuer({ audience = 'ulti-backend' } = {}): Promise<Issuer> {
  let current = await createKey()
  let foreign: Promise<SigningKey> | undefined
  const fetches = { discovery: 0, jwks: 0 }

  const server = createServer((request, response) => {
    if (request.url === '/.well-known/openid-configuration') fetches.discovery++
    if (request.url === '/jwks') fetches.jwks++
    if (issuer.isDown) return answer(response, 503, { error: 'temporarily_unavailable' })
    if (request.url === '/.well-known/openid-configuration') return answer(response, 200, discovery(issuer.url))
    if (request.url === '/jwks') return answer(response, 200, { keys: [current.published] })
    return answer(response, 404, { error: 'not_found' })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // The address of a listening TCP server is never a string or null.
  const { port } = server.address() as AddressInfo

  const issuer: Issuer = {
    url: `http://127.0.0.1:${port}`,
    audience,
    isDown: false,
    fetches,
    async rotateKey() {
      current = await createKey()
    },
    async token(claims, { key = 'current', kid = current.published.kid ?? null, expiresInSeconds = 300 } = {}) {
      const now = Math.floor(Date.now() / 1000)
      const made = { iss: issuer.url, aud: audience, iat: now, nbf: now - 5, exp: now + expiresInSeconds }
      const payload = { ...made, email: `${claims.sub}@example.test`, ...claims }
      if (key === 'foreign') foreign ??= createKey()
      return sign(payload, kid, key, (key === 'foreign' && (await foreign)) || current)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return issuer
}

const keptMs = 120_000

/**
 * One token for each name, made anew well before it ends: to sign one, and to let in who was not seen with it before,
 * takes longer than many an answer.
 */
export function keepTokens(make: (name: string) => Promise<string>): (name: string) => Promise<string> {
  const kept = new Map<string, { token: Promise<string>; madeAt: number }>()
  return (name) => {
    const last = kept.get(name)
    if (last && performance.now() - last.madeAt < keptMs) return last.token
    const token = make(name)
    kept.set(name, { token, madeAt: performance.now() })
    return token
  }
}

async function createKey(): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  return {
    privateKey,
    published: { ...(await exportJWK(publicKey)), kid: crypto.randomUUID(), alg: 'RS256', use: 'sig' },
  }
}

async function sign(
  payload: JWTPayload,
  kid: string | null,
  kind: NonNullable<Signing['key']>,
  { privateKey, published }: SigningKey,
): Promise<string> {
  if (kind === 'none') return new UnsecuredJWT(payload).encode()
  const header = kid === null ? {} : { kid }
  // The classic confusion: the public key, which anybody knows, used as a shared secret.
  const secret = new TextEncoder().encode(JSON.stringify(published))
  if (kind === 'hs256') return new SignJWT(payload).setProtectedHeader({ alg: 'HS256', ...header }).sign(secret)
  return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', ...header }).sign(privateKey)
}

function discovery(url: string) {
  return {
    issuer: url,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    jwks_uri: `${url}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
