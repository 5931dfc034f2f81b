import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose'
import { readJson, replaceFile } from './files.ts'
import type { DemoUser } from './users.ts'

/** `aud` of every access token: the client id of ultid. */
export const audience = 'ulti-backend'
export const accessTokenSeconds = 3600

/** What the issuer keeps between runs, so that tokens and sign-ins outlive a restart. */
export type IssuerKeys = { issuer: string; signingKey: JWK; cookieKey: string }

const keysFile = (stateDir: string) => join(stateDir, 'keys.json')

/** Undefined when no issuer ever ran on this directory. */
export async function loadIssuerKeys(stateDir: string): Promise<IssuerKeys | undefined> {
  return (await readJson(keysFile(stateDir))) as IssuerKeys | undefined
}

/** Makes the keys at the first run and notes the address at which the issuer runs now. */
export async function ensureIssuerKeys(stateDir: string, issuer: string): Promise<IssuerKeys> {
  const known = await loadIssuerKeys(stateDir)
  if (known?.issuer === issuer) return known
  const keys = {
    issuer,
    signingKey: known?.signingKey ?? (await createSigningKey()),
    cookieKey: known?.cookieKey ?? randomBytes(32).toString('base64url'),
  }
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  await replaceFile(keysFile(stateDir), JSON.stringify(keys, null, 2))
  return keys
}

async function createSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: randomBytes(8).toString('hex') }
}

/** The claims beside the registered ones, alike in access tokens, ID tokens and at the userinfo endpoint. */
export function claimsOf(user: DemoUser) {
  return {
    email: user.email,
    email_verified: true,
    name: user.fullName,
    preferred_username: user.name,
    groups: user.groups,
  }
}

/** An access token like those that the sign-in gives, valid for an hour. */
export async function signAccessToken({ issuer, signingKey }: IssuerKeys, user: DemoUser): Promise<string> {
  return new SignJWT({ ...claimsOf(user), client_id: audience, jti: randomBytes(16).toString('base64url') })
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: signingKey.kid ?? '' })
    .setIssuer(issuer)
    .setSubject(user.name)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(`${accessTokenSeconds}s`)
    .sign(await importJWK(signingKey))
}
