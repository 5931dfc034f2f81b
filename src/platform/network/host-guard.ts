import { lookup } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'
import { AppError } from '#platform/errors.ts'

type PinnedAddress = { address: string; family: 4 | 6 }

/**
 * Keeps hosts that users name from reaching into the operator's own network (server-side request forgery). What is
 * checked is what is connected to: callers use exactly the answered address and never resolve the name again.
 */
export type HostGuard = {
  /**
   * @throws AppError `host_forbidden` when no address of the host may be reached; the resolver's error (`ENOTFOUND`,
   * `EAI_AGAIN`, …) when it has none; `ETIMEDOUT` when the resolver does not answer within ten seconds.
   */
  check(host: string): Promise<PinnedAddress>
}

export type Resolve = (host: string) => Promise<readonly { address: string }[]>

const resolveTimeoutMs = 10_000

/** `allow`: host names and CIDRs that may be reached although they are private. */
export function createHostGuard(options: { allow: readonly string[]; resolve?: Resolve }): HostGuard {
  const { resolve = resolveBySystem } = options
  const allowed = parseAllowed(options.allow)
  return {
    async check(host) {
      const name = host.toLowerCase().replace(/\.$/, '')
      for (const { address } of await withDeadline(resolve(name), name)) {
        const parsed = parseAddress(address)
        if (!parsed || !(isPublic(parsed) || allowed.names.has(name) || isWithin(parsed, allowed.ranges))) continue
        return { address, family: parsed.kind() === 'ipv4' ? 4 : 6 }
      }
      throw new AppError(
        'unprocessable',
        'host_forbidden',
        `${host} lies in a private or reserved network. If it is yours to reach, add it to ULTID_ALLOW_PRIVATE_HOSTS.`,
      )
    },
  }
}

/** Whether the guard would let it be reached without being told to: it lies in no private or reserved network. */
export function isPublicAddress(address: string): boolean {
  const parsed = parseAddress(address)
  return parsed !== undefined && isPublic(parsed)
}

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Range = [Address, number]

// Inside Azure this public-looking address is the host's own agent: it hands out credentials.
const azureAgent = '168.63.129.16'
// RFC 4291 §2.4: all that is global unicast by now; everything else (IPv4-compatible, mapped, NAT64, …) stays out.
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false
  if (address instanceof ipaddr.IPv6) return address.match(globalUnicast)
  return address.toString() !== azureAgent
}

const isWithin = (address: Address, ranges: readonly Range[]): boolean =>
  ranges.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits))

/** Undefined for what is no address at all; a zone id (`fe80::1%eth0`) does not hide the address. */
const parseAddress = (address: string): Address | undefined =>
  ipaddr.isValid(address) ? ipaddr.parse(address) : undefined

function parseAllowed(entries: readonly string[]): { names: ReadonlySet<string>; ranges: readonly Range[] } {
  const names = new Set<string>()
  const ranges: Range[] = []
  for (const entry of entries) {
    if (ipaddr.isValidCIDR(entry)) ranges.push(ipaddr.parseCIDR(entry) as Range)
    else if (ipaddr.isValid(entry)) ranges.push([ipaddr.parse(entry), entry.includes(':') ? 128 : 32])
    else names.add(entry.toLowerCase())
  }
  return { names, ranges }
}

const resolveBySystem: Resolve = (host) => lookup(host, { all: true })

async function withDeadline<T>(work: Promise<T>, host: string): Promise<T> {
  const deadline = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    deadline.reject(Object.assign(new Error(`resolving ${host} took too long`), { code: 'ETIMEDOUT' }))
  }, resolveTimeoutMs)
  try {
    return await Promise.race([work, deadline.promise])
  } finally {
    clearTimeout(timer)
  }
}
