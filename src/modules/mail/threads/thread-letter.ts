import { subjectKeyOf } from './thread-keys.ts'
import { isReplySubject, threadSubject } from './thread-subject.ts'

/** What threading reads of a message. */
export type Letter = {
  id: string
  messageIdHeader: string | null
  inReplyTo: string | null
  references: readonly string[]
  serverThreadId: string | null
  subject: string
  from: string
  recipients: Recipients
  date: Date
}

export type LetterWithKey = Letter & { subjectKey: string | null; isBareReply: boolean }

export type Recipients = Partial<Record<'to' | 'cc' | 'bcc' | 'reply_to', Array<{ email: string }>>>

/** With the key of its subject, by which bare replies are joined: those that answer but name no message. */
export function withSubjectKey(letter: Letter): LetterWithKey {
  const subject = threadSubject(letter.subject)
  if (subject === '') return { ...letter, subjectKey: null, isBareReply: false }
  const namesNone = letter.inReplyTo === null && letter.references.length === 0
  return {
    ...letter,
    subjectKey: subjectKeyOf(subject, letter.date),
    isBareReply: namesNone && isReplySubject(letter.subject),
  }
}
