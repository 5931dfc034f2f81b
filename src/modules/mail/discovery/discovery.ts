import { domainToASCII } from 'node:url'
import { fetchAutoconfig } from '#integrations/mail-settings/autoconfig.ts'
import type { MailAddress, MailSettings } from '#integrations/mail-settings/mail-settings.ts'
import { findByDomain, findByExchanger } from '#integrations/mail-settings/providers.ts'
import { findBySrv, type ResolveSrv } from '#integrations/mail-settings/srv-records.ts'
import { AppError } from '#platform/errors.ts'
import type { GuardedFetch } from '#platform/network/guarded-fetch.ts'
import { findConfigured, type OAuthMailboxes, providerAt } from './oauth-candidates.ts'

/** How settings were found, from the surest to the least sure. */
export const discoverySources = ['configured', 'provider', 'autoconfig', 'srv', 'exchanger'] as const
export type DiscoverySource = (typeof discoverySources)[number]

export type Candidate = MailSettings & {
  source: DiscoverySource
  reason: string
  /** The provider at which the owner can sign in for it, by its configured name. */
  oauthProvider: string | null
}

export type DiscoveryDeps = {
  http: GuardedFetch
  resolveSrv: ResolveSrv
  resolveMx: (domain: string) => Promise<readonly { exchange: string; priority: number }[]>
  /** Where a domain publishes its autoconfig document, surest first. */
  autoconfigUrls?: (address: MailAddress) => readonly string[]
  /** Where owners can sign in instead of giving a password. */
  oauthProviders?: readonly OAuthMailboxes[]
  timeoutMs?: number
}

export type Discovery = ReturnType<typeof createDiscovery>

/** Finds the mail settings of an address in everything that its domain and we know. */
export function createDiscovery(options: DiscoveryDeps) {
  const { timeoutMs = 4000, autoconfigUrls = publishedAt, oauthProviders = [], ...deps } = options
  return {
    /**
     * Asks all sources at once, none longer than four seconds; what cannot be reached counts as saying nothing.
     * @returns the best first; empty when nobody knows.
     * @throws AppError `invalid_request_body` for what is no address.
     */
    async find(email: string): Promise<Candidate[]> {
      const address = parseAddress(email)
      const signal = AbortSignal.timeout(timeoutMs)
      const quietly = <T>(work: Promise<T | undefined>) => withinTime(work, signal)
      const [autoconfig, srv, exchanger] = await Promise.all([
        firstDocument(deps.http, autoconfigUrls(address), address, signal),
        quietly(findBySrv(deps.resolveSrv, address)),
        quietly(deps.resolveMx(address.domain).then((records) => byExchanger(records, address))),
      ])
      const { domain } = address
      const found = [
        candidate(
          'configured',
          findConfigured(oauthProviders, address),
          `${domain} is set up here by your administrator`,
        ),
        candidate('provider', findByDomain(address), `${domain} belongs to a provider whose settings are known`),
        candidate('autoconfig', autoconfig, `${domain} publishes these settings (autoconfig)`),
        candidate('srv', srv, `${domain} publishes these servers in its DNS (RFC 6186)`),
        candidate('exchanger', exchanger, `the mail of ${domain} is received by a provider whose settings are known`),
      ]
      const signIns = found.flatMap((item) => (item ? [withSignIn(item, oauthProviders)] : []))
      return withoutDoubles(signIns)
    },
  }
}

const publishedAt = ({ email, domain }: MailAddress) => [
  `https://autoconfig.${domain}/mail/config-v1.1.xml?emailaddress=${encodeURIComponent(email)}`,
  `https://${domain}/.well-known/autoconfig/mail/config-v1.1.xml`,
]

function parseAddress(email: string): MailAddress {
  const at = email.lastIndexOf('@')
  const localPart = email.slice(0, at)
  const domain = domainToASCII(email.slice(at + 1)).toLowerCase()
  if (at > 0 && /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain))
    return { email: `${localPart}@${domain}`, localPart, domain }
  throw new AppError('invalid', 'invalid_request_body', 'That is no e-mail address; it looks like name@example.org.', {
    details: [{ path: 'body.email', message: 'must be an e-mail address' }],
  })
}

/** All at once; the first in the order of `urls` that has a usable document in time. */
async function firstDocument(http: GuardedFetch, urls: readonly string[], address: MailAddress, signal: AbortSignal) {
  const documents = urls.map((url) => withinTime(fetchAutoconfig(http, url, address, signal), signal))
  for (const document of documents) {
    const settings = await document
    if (settings) return settings
  }
}

function byExchanger(records: readonly { exchange: string; priority: number }[], address: MailAddress) {
  const sorted = records.toSorted((one, other) => one.priority - other.priority)
  return findByExchanger(
    sorted.map(({ exchange }) => exchange),
    address,
  )
}

async function withinTime<T>(work: Promise<T | undefined>, signal: AbortSignal): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>()
  signal.addEventListener('abort', () => late.resolve(undefined), { once: true })
  return Promise.race([work.catch(() => undefined), late.promise])
}

const candidate = (
  source: DiscoverySource,
  settings: MailSettings | undefined,
  reason: string,
): Candidate | undefined => settings && { ...settings, source, reason: `${reason}.`, oauthProvider: null }

function withSignIn(found: Candidate, providers: readonly OAuthMailboxes[]): Candidate {
  const provider = providerAt(providers, found)
  return provider ? { ...found, authentication: 'oauth2', oauthProvider: provider.name } : found
}

function withoutDoubles(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Set<string>()
  return candidates.filter(({ imap, smtp }) => {
    const key = JSON.stringify([imap, smtp])
    return !seen.has(key) && seen.add(key)
  })
}
