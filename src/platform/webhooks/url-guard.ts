import { AppError } from '#platform/errors.ts'
import { type HostGuard, isPublicAddress } from '#platform/network/host-guard.ts'

/**
 * Lets a URL pass to which deliveries may go now: over TLS, or without it into a network that the operator opened.
 * @throws AppError `host_forbidden`, `webhook.insecure_url`; the resolver's error for a name without an address.
 */
export type UrlGuard = (url: string) => Promise<void>

export const createUrlGuard =
  (guard: HostGuard): UrlGuard =>
  async (url) => {
    const { hostname, protocol } = new URL(url)
    const { address } = await guard.check(hostname.replace(/^\[|\]$/g, ''))
    if (protocol !== 'https:' && isPublicAddress(address)) throw insecureUrl()
  }

/**
 * The URL as it is kept.
 * @throws AppError `webhook.url_invalid`
 */
export function parseWebhookUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isFit = url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' && url.hash === ''
  if (isFit) return url.href
  throw new AppError(
    'unprocessable',
    'webhook.url_invalid',
    'The URL must begin with https:// and have neither a password nor a fragment.',
  )
}

const insecureUrl = () =>
  new AppError(
    'unprocessable',
    'webhook.insecure_url',
    'Deliveries hold private data: use a URL that begins with https://.',
  )
