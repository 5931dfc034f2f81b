import type { JWTPayload } from 'jose'
import type { Identity } from './principal-store.ts'

/** What the claims of a token say about its subject (OpenID Connect Core 1.0 §5.1, and `groups`). */
export function identityOf(token: { issuer: string; subject: string; claims: JWTPayload }): Identity {
  const { email, name, preferred_username: username, iat } = token.claims
  return {
    issuer: token.issuer,
    subject: token.subject,
    issuedAt: new Date((typeof iat === 'number' ? iat : 0) * 1000),
    ...(typeof email === 'string' && { email: storable(email) }),
    ...(typeof name === 'string' && { displayName: storable(name) }),
    ...(typeof username === 'string' && { username: storable(username) }),
    ...('groups' in token.claims && { groups: groupsOf(token.claims) }),
  }
}

export const groupsOf = ({ groups }: JWTPayload): string[] =>
  Array.isArray(groups) ? groups.filter((group) => typeof group === 'string').map(storable) : []

/** PostgreSQL keeps no NUL: a name with one must not keep its bearer out. */
const storable = (text: string): string => text.replaceAll('\0', '')
