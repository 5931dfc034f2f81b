import { insideAddress, signatureAlgorithms } from '#platform/auth/issuer.ts'
import { type Check, type Finding, failed, ok, skipped, warning } from './check.ts'

type Discovered = { issuer: string; jwksUri: string; skewMs: number }

/** A token is valid from and to a second: with a clock this far off, sign-ins fail. */
const badSkewMs = 30_000
const oddSkewMs = 5000

/** The OIDC issuer as ultid reaches it. */
export function createIssuerChecks({
  issuer,
  acceptedIssuers,
}: {
  issuer: string
  acceptedIssuers: readonly string[]
}): Check[] {
  const discovering = discover(issuer)
  const found = discovering.catch(() => undefined)
  const advice = 'Check ULTID_OIDC_ISSUER, that the issuer runs, and that this machine reaches it.'
  const afterDiscovery = (name: string, work: (discovered: Discovered) => Promise<Finding>): Check => ({
    ...{ name, advice },
    run: async () => {
      const discovered = await found
      return discovered ? work(discovered) : skipped('the issuer was not found')
    },
  })
  return [
    {
      name: 'issuer',
      advice,
      run: async () => {
        const { issuer: name } = await discovering
        if (acceptedIssuers.length === 0 || acceptedIssuers.includes(name)) return ok(`calls itself ${name}`)
        return warning(
          `calls itself ${name}, which is none of ULTID_OIDC_ACCEPTED_ISSUERS`,
          'Add it there unless its tokens bear another name.',
        )
      },
    },
    afterDiscovery('issuer keys', (discovered) => checkKeys(discovered, issuer)),
    afterDiscovery('clock', async ({ skewMs }) => checkClock(skewMs)),
  ]
}

async function discover(issuer: string): Promise<Discovered> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const askedAt = Date.now()
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000), redirect: 'error' })
  const answeredAt = Date.now()
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`)
  const document = (await answer.json().catch(() => ({}))) as Record<string, unknown>
  const { issuer: name, jwks_uri: jwksUri } = document
  if (typeof name !== 'string' || typeof jwksUri !== 'string') throw new Error(`${url} is no discovery document`)
  return { issuer: name, jwksUri, skewMs: skewOf(answer.headers.get('date'), askedAt, answeredAt) }
}

/** How far our clock is ahead; 0 while the Date header, whole seconds (RFC 9110 §6.6.1), allows for that. */
function skewOf(date: string | null, askedAt: number, answeredAt: number): number {
  const theirs = Date.parse(date ?? '')
  if (Number.isNaN(theirs)) return 0
  if (answeredAt < theirs) return answeredAt - theirs
  return Math.max(0, askedAt - (theirs + 1000))
}

async function checkKeys({ issuer, jwksUri }: Discovered, address: string): Promise<Finding> {
  const url = insideAddress(jwksUri, issuer, address)
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000), redirect: 'error' })
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`)
  const { keys } = (await answer.json().catch(() => ({}))) as { keys?: { kty?: string; alg?: string; use?: string }[] }
  const usable = Array.isArray(keys) ? keys.filter(isUsable) : []
  if (usable.length > 0) return ok(`${usable.length} to verify tokens with`)
  return failed(
    'none to verify tokens with',
    'Let the issuer sign with an asymmetric key (RS256 or ES256; in Authentik: set a signing key for the provider).',
  )
}

const isUsable = ({ kty, alg, use }: { kty?: string; alg?: string; use?: string }): boolean =>
  kty !== 'oct' && use !== 'enc' && (alg === undefined || signatureAlgorithms.includes(alg))

function checkClock(skewMs: number): Finding {
  const seconds = Math.round(Math.abs(skewMs) / 1000)
  const detail =
    seconds === 0 ? 'agrees with the issuer' : `${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} the issuer`
  const advice = 'Let both machines keep their clocks by NTP.'
  if (Math.abs(skewMs) >= badSkewMs) return failed(detail, advice)
  return Math.abs(skewMs) >= oddSkewMs ? warning(detail, advice) : ok(detail)
}
