import type { Copy, Letter } from './letter.ts'
import { writeAllLetters } from './letters.ts'
import type { DemoUser } from './people.ts'

/** `raw` is RFC 5322 with CRLF; `folder` is a plain ASCII name without hierarchy. */
export type DemoMessage = { folder: string; flags: string[]; internalDate: Date; raw: Buffer }

/**
 * The mailbox of one demo user as it stands at `now`, oldest message first; the same input gives the same bytes.
 * What one demo user sent to another is in both mailboxes, under the same Message-ID. No date lies after `now`.
 */
export function demoMailbox(user: DemoUser, now: Date): DemoMessage[] {
  const letters = writeAllLetters(now)
  const answered = new Set(letters.filter((letter) => letter.from.user === user).map((letter) => letter.inReplyTo))
  return letters
    .flatMap((letter) => letter.copies.filter((copy) => copy.user === user).map((copy) => held(letter, copy, answered)))
    .sort((one, other) => one.internalDate.getTime() - other.internalDate.getTime())
}

function held(letter: Letter, copy: Copy, answered: ReadonlySet<string | undefined>): DemoMessage {
  const isAnswered = copy.folder !== 'Sent' && answered.has(letter.id)
  const flags = isAnswered ? new Set([...copy.flags, '\\Seen', '\\Answered']) : copy.flags
  return { folder: copy.folder, flags: [...flags], internalDate: letter.sentAt, raw: letter.raw(copy) }
}
