import { fieldOf, type HeaderField } from '../view/header-fields.ts'

/** The fields by which mail that no person wrote is known. */
export const automaticMailFields = [
  ...['Auto-Submitted', 'Precedence', 'Return-Path', 'X-Auto-Response-Suppress', 'X-Autoreply', 'X-Autorespond'],
  ...['List-Id', 'List-Post', 'List-Help', 'List-Subscribe', 'List-Unsubscribe', 'List-Owner', 'List-Archive'],
  ...['X-Loop', 'X-Spam-Flag', 'X-Failed-Recipients', 'Feedback-ID'],
]

/** RFC 3834 §5: anything but `no`; older responders say it in fields of their own. */
export function isAutoSubmitted(fields: readonly HeaderField[]): boolean {
  const value = fieldOf(fields, 'auto-submitted')?.toLowerCase() ?? 'no'
  if (!/^no\b/.test(value)) return true
  if (has(fields, 'x-autoreply') || has(fields, 'x-autorespond')) return true
  return /^(auto_reply|bulk|junk|list)\b/i.test(fieldOf(fields, 'precedence') ?? '')
}

/** RFC 2369, RFC 2919: a letter to all who read the list, not to one of them. */
const isOfList = (fields: readonly HeaderField[]): boolean => fields.some(({ name }) => name.startsWith('list-'))

const has = (fields: readonly HeaderField[], name: string): boolean => fieldOf(fields, name) !== undefined

/**
 * Whether a machine may answer (RFC 3834 §2): not to machines and lists, not to junk, and not where Exchange's field asks
 * for silence.
 */
export function mayBeAnsweredByMachine(fields: readonly HeaderField[]): boolean {
  if (isAutoSubmitted(fields) || isOfList(fields) || has(fields, 'x-loop')) return false
  if (/^yes/i.test(fieldOf(fields, 'x-spam-flag') ?? '')) return false
  if (/\b(all|oof|autoreply)\b/i.test(fieldOf(fields, 'x-auto-response-suppress') ?? '')) return false
  return fieldOf(fields, 'return-path')?.replaceAll(/\s/g, '') !== '<>'
}

const machines =
  /^(mailer-daemon|mail-daemon|postmaster|(no|do[-._]?not)[-._]?reply|noresponse|bounces?([-+=].*)?|owner-.*|.*-(owner|request|bounces?)|listserv|majordomo|mdaemon|nobody)$/i

/** By the name of an address: one that nobody reads. */
export const isMachineAddress = (email: string): boolean => machines.test(email.slice(0, email.lastIndexOf('@')))

/** Of those that tell of failed deliveries. */
export const isMailSystemAddress = (email: string): boolean =>
  email === '' || /^(mailer-daemon|mail-daemon|postmaster|mdaemon)@/i.test(email)
