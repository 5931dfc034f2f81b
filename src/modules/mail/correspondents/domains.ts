import { domainToUnicode } from 'node:url'
import { parse } from 'tldts'
import { remembered } from '#platform/remembered.ts'

/** The domain that somebody registered, of an address or a host, in ASCII; undefined for an IP address and the like. */
export const registrableDomain = (addressOrHost: string): string | undefined =>
  parsed(addressOrHost)?.domain ?? undefined

/** A registrable domain taken apart: its own label and the public suffix behind it, in Unicode. */
export function partsOfDomain(domain: string): { label: string; suffix: string } | undefined {
  const found = parsed(domain)
  if (!found?.domainWithoutSuffix || !found.publicSuffix) return undefined
  return { label: domainToUnicode(found.domainWithoutSuffix) || found.domainWithoutSuffix, suffix: found.publicSuffix }
}

function parsed(addressOrHost: string) {
  const host = addressOrHost
    .slice(addressOrHost.lastIndexOf('@') + 1)
    .trim()
    .toLowerCase()
  return host === '' || host.length > 253 ? undefined : parsedHost(host)
}

/** A view of a message asks of the same few again and again. */
const parsedHost = remembered(1000, (host) => {
  // What is no domain name at all is none of anybody.
  const ascii = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : ''
  return ascii === '' ? undefined : parse(ascii, { allowPrivateDomains: true, validateHostname: false })
})
