import { registrableDomain } from '../correspondents/domains.ts'
import { type AuthenticationResult, parseAuthenticationResults } from './authentication-results.ts'
import type { HeaderField } from './header-fields.ts'
import type { Authentication } from './view-wire.ts'

/**
 * Whose results count: ids of servers that write Authentication-Results for the account and remove those that others
 * forged in their name (RFC 8601 §5). An id also stands for those below it; the empty one for a field without any.
 */
export type TrustedIds = readonly string[]

type TrustedResults = { authservId: string; results: AuthenticationResult[] }

/**
 * What the account's own server found out about a message's sender; null when it said nothing that can be believed.
 * Anybody can write such a field into a message: believed is one that bears a trusted id, and one that stands above
 * every Received, where nobody but the account's own servers can have put it. Of several by the same server all count,
 * as long as no Received, and so no other server, comes between them and the first.
 */
export function authenticationOf(
  fields: readonly HeaderField[],
  fromEmail: string,
  trustedIds: TrustedIds,
): Authentication | null {
  const trusted = trustedResults(fields, trustedIds)
  if (!trusted) return null
  const of = (method: string) => trusted.results.filter((one) => one.method === method)
  const [spf] = of('spf')
  const [dmarc] = of('dmarc')
  return {
    authserv_id: trusted.authservId,
    verdict: verdictOf(trusted.results, fromEmail),
    spf: spf ? { result: spf.result, domain: spfDomain(spf) } : null,
    dkim: of('dkim').map((one) => ({ result: one.result, domain: dkimDomain(one) })),
    dmarc: dmarc ? { result: dmarc.result, domain: dmarc.properties.get('header.from') ?? null } : null,
  }
}

function trustedResults(fields: readonly HeaderField[], trustedIds: TrustedIds): TrustedResults | undefined {
  let found: TrustedResults | undefined
  let received = 0
  const total = fields.filter(({ name }) => name === 'received').length
  for (const { name, value } of fields) {
    if (name === 'received') {
      if (found) break
      received += 1
    }
    if (name !== 'authentication-results') continue
    const { authservId, results } = parseAuthenticationResults(value)
    if (found ? found.authservId !== authservId : !isTrusted(authservId, trustedIds, received === 0 && total > 0))
      continue
    found = { authservId, results: [...(found?.results ?? []), ...results] }
  }
  return found
}

function isTrusted(authservId: string, trustedIds: TrustedIds, isAboveReceived: boolean): boolean {
  if (isAboveReceived && authservId !== '') return true
  return trustedIds.some((id) => authservId === id || (id !== '' && authservId.endsWith(`.${id}`)))
}

/** RFC 7489 §3.1: what passed must be of the domain that the reader sees as the sender. */
function verdictOf(results: readonly AuthenticationResult[], fromEmail: string): 'pass' | 'fail' | 'none' {
  const from = registrableDomain(fromEmail)
  const isAligned = (domain: string | null) =>
    domain !== null && from !== undefined && registrableDomain(domain) === from
  const dmarc = results.find(({ method }) => method === 'dmarc')
  if (dmarc && dmarc.result !== 'none') {
    const said = dmarc.properties.get('header.from')
    if (dmarc.result === 'fail') return 'fail'
    return dmarc.result === 'pass' && (said === undefined || isAligned(said)) ? 'pass' : 'none'
  }
  const passed = results.filter(({ result }) => result === 'pass')
  if (passed.some((one) => one.method === 'dkim' && isAligned(dkimDomain(one)))) return 'pass'
  if (passed.some((one) => one.method === 'spf' && isAligned(spfDomain(one)))) return 'pass'
  const failed = (method: string, ...names: string[]) =>
    results.some((one) => one.method === method && names.includes(one.result))
  return failed('spf', 'fail', 'hardfail') && !passed.some(({ method }) => method === 'dkim') ? 'fail' : 'none'
}

const spfDomain = ({ properties }: AuthenticationResult): string | null =>
  domainOf(properties.get('smtp.mailfrom') ?? properties.get('smtp.helo'))

const dkimDomain = ({ properties }: AuthenticationResult): string | null =>
  domainOf(properties.get('header.d') ?? properties.get('header.i'))

const domainOf = (value: string | undefined): string | null =>
  value === undefined ? null : value.slice(value.lastIndexOf('@') + 1).toLowerCase() || null
