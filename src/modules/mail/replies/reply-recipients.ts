import type { Mailbox } from '../outbox/compose.ts'

export type Answered = {
  from: Mailbox
  to: readonly Mailbox[]
  cc: readonly Mailbox[]
  replyTo: readonly Mailbox[]
}

export type ReplyOptions = {
  /** The owner's own addresses, in lower case. */
  own: ReadonlySet<string>
  isToAll: boolean
  /** Mail-Followup-To, by which members of a list say where an answer to all is to go. */
  followUpTo: readonly Mailbox[]
}

/**
 * To whom an answer goes: to its author, or to where the author wants answers, and to all who had the message if
 * wanted; never to the owner, unless there is nobody else. An answer to what the owner wrote goes where that went.
 */
export function replyRecipients(message: Answered, options: ReplyOptions): { to: Mailbox[]; cc: Mailbox[] } {
  const { isToAll, followUpTo, own } = options
  const isOwn = ({ email }: Mailbox) => own.has(email.toLowerCase())
  const isOwnMessage = isOwn(message.from) && message.to.length + message.cc.length > 0
  const author = message.replyTo.length > 0 && !isOwnMessage ? message.replyTo : [message.from]
  const lists = isToAll
    ? toAll(message, { author: isOwnMessage ? [] : author, followUpTo })
    : { to: isOwnMessage ? message.to : author, cc: [] }
  const seen = new Set<string>()
  const others = (list: readonly Mailbox[]) => list.filter((one) => one.email !== '' && !isOwn(one) && isNew(seen, one))
  const [to, cc] = [others(lists.to), others(lists.cc)]
  if (to.length > 0) return { to, cc }
  return cc.length > 0 ? { to: cc, cc: [] } : { to: author.filter((one) => isNew(seen, one)), cc: [] }
}

function toAll(
  message: Answered,
  { author, followUpTo }: { author: readonly Mailbox[]; followUpTo: readonly Mailbox[] },
): { to: readonly Mailbox[]; cc: readonly Mailbox[] } {
  if (followUpTo.length > 0) return { to: followUpTo, cc: [] }
  return { to: [...author, ...message.to], cc: message.cc }
}

/** Each address once, whatever name it has. */
function isNew(seen: Set<string>, { email }: Mailbox): boolean {
  const key = email.toLowerCase()
  return !seen.has(key) && seen.add(key).has(key)
}
