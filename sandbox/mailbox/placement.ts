import { daysBetween } from './clock.ts'
import type { Copy } from './letter.ts'
import type { DemoUser, Person } from './people.ts'
import { randomFor } from './random.ts'

type Sending = {
  key: string
  sentAt: Date
  from: Person
  to: readonly Person[]
  cc?: readonly Person[]
  bcc?: readonly Person[]
}
type Filing = {
  /** The folder that a recipient keeps it in; by default INBOX, and Archive once it is old. */
  folder?: string
  isStarred?: boolean
}

const archivedAfterDays = 120
const freshDays = 3

/** The copies of a sent mail: one in the sender's Sent, one with each recipient, read or not as people do. */
export function copiesOf(mail: Sending, now: Date, filing: Filing = {}): Copy[] {
  const copies: Copy[] = []
  if (mail.from.user) copies.push({ user: mail.from.user, folder: 'Sent', flags: ['\\Seen'] })
  for (const { user } of [...mail.to, ...(mail.cc ?? []), ...(mail.bcc ?? [])]) {
    if (user && user !== mail.from.user) copies.push(receivedCopy(user, mail, now, filing))
  }
  return copies
}

function receivedCopy(user: DemoUser, { key, sentAt }: Sending, now: Date, filing: Filing): Copy {
  const random = randomFor(`filing ${user} ${key}`)
  const age = daysBetween(sentAt, now)
  const flags: string[] = []
  if (!random.chance(age < freshDays ? 0.5 : 0.05)) flags.push('\\Seen')
  if (filing.isStarred || random.chance(0.04)) flags.push('\\Flagged')
  return { user, folder: filing.folder ?? (age > archivedAfterDays ? 'Archive' : 'INBOX'), flags }
}
