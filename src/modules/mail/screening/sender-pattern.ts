import { getPublicSuffix } from 'tldts'
import { AppError } from '#platform/errors.ts'

/** What blocks a sender, in lower case: their address, its domain and each domain above that. */
export function sendersMatching(address: string): string[] {
  const email = address.trim().toLowerCase()
  const domain = email.slice(email.lastIndexOf('@') + 1)
  if (!email.includes('@') || domain === '') return email === '' ? [] : [email]
  const labels = domain.split('.')
  return [email, ...labels.map((_, at) => labels.slice(at).join('.'))]
}

/**
 * An address or a domain (`@example.test` as well as `example.test`) as it is kept.
 * @throws AppError `mail.sender_invalid`, also for a domain under which anybody can have one.
 */
export function checkedSender(text: string): string {
  const value = text.trim().toLowerCase()
  const isAddress = /^[^\s@]+@[^\s@]+$/.test(value) && value.isWellFormed()
  const domain = value.replace(/^.*@/, '')
  const isDomain = /^(?=.{3,253}$)([\p{L}\p{N}_](?:[\p{L}\p{N}_-]*[\p{L}\p{N}_])?\.)+[\p{L}\p{N}-]{2,}$/u.test(domain)
  if (isAddress && value.length <= 320) return value
  if (/^@?[^@]+$/.test(value) && isDomain && getPublicSuffix(domain, { allowPrivateDomains: true }) !== domain) {
    return domain
  }
  throw new AppError(
    'unprocessable',
    'mail.sender_invalid',
    'That is neither an e-mail address nor a domain of one owner; write it as name@example.org or example.org.',
  )
}
