import { hash } from 'node:crypto'

/** More ids than any conversation has, and few enough for hostile headers. */
const maxReferences = 100

/** `<…>` as RFC 5322 §3.6.4 has it. Anything else that a header holds may be the same text in unrelated mail. */
const isMessageId = (id: string | null): id is string =>
  id !== null && id.length > 2 && id.startsWith('<') && id.endsWith('>') && !id.includes(' ')

/** The Message-ID by which others may name a message. */
export const ownId = ({ messageIdHeader }: { messageIdHeader: string | null }): string | undefined =>
  isMessageId(messageIdHeader) ? messageIdHeader : undefined

/** The messages that a message names: of a long chain the first, which all of it share, and the newest. */
export function namedIds(message: { inReplyTo: string | null; references: readonly string[] }): string[] {
  const ids = [...new Set([...message.references, message.inReplyTo].filter(isMessageId))]
  return ids.length <= maxReferences ? ids : [...ids.slice(0, 1), ...ids.slice(1 - maxReferences)]
}

/** 128 bits of SHA-256 in the form of a UUID, which the database keeps in 16 bytes. */
export function hashKey(text: string): string {
  const hex = hash('sha256', text, 'hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}

/** The id of a thread that the server made: the same whenever it is computed (UUIDv8, RFC 9562 §5.8). */
export function serverThreadKey(mailAccountId: string, serverThreadId: string): string {
  const key = hashKey(`${mailAccountId} ${serverThreadId}`)
  return `${key.slice(0, 14)}8${key.slice(15, 19)}8${key.slice(20)}`
}

/** A bare reply is looked for this long before and after it. */
export const subjectReachMs = 30 * 86_400_000

const monthOf = (date: Date) => Math.floor(date.getTime() / subjectReachMs)

/** Equal for equal subjects of the same 30 days. */
export function subjectKeyOf(subject: string, date: Date): string {
  return inMonth(hashKey(subject), monthOf(date))
}

/** The keys that messages with the subject of `subjectKey` have which are at most 30 days away. */
export function nearbySubjectKeys(subjectKey: string): string[] {
  const month = Number.parseInt(subjectKey.slice(0, 8), 16)
  return [month - 1, month, month + 1].map((near) => inMonth(subjectKey, near))
}

/** What all keys of a subject have in common. */
export const subjectOfKey = (subjectKey: string): string => subjectKey.slice(8)

const inMonth = (key: string, month: number) =>
  `${Math.max(0, month).toString(16).padStart(8, '0')}${subjectOfKey(key)}`
