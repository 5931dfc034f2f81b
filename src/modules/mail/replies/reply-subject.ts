import { oneLine } from '../outbox/compose.ts'
import { forwardPrefix, listTag, replyPrefix } from '../threads/thread-subject.ts'

/** RFC 5322 §3.6.5: one `Re: `, whatever replies in other languages and programs have put there before. */
export const replySubject = (subject: string): string => prefixed('Re:', subject, replyPrefix)

/** One `Fwd: ` in front of what was forwarded, which may be an answer. */
export const forwardSubject = (subject: string): string => prefixed('Fwd:', subject, forwardPrefix)

const maxLength = 900

/** What stands before the tag of a mailing list or behind it is taken off; the tag stays. */
function prefixed(prefix: string, subject: string, former: RegExp): string {
  let rest = oneLine(subject)
  for (let before = ''; rest !== before; ) {
    before = rest
    const unprefixed = rest.replace(former, '')
    const [tag = ''] = listTag.exec(unprefixed) ?? []
    rest = tag + unprefixed.slice(tag.length).replace(former, '')
  }
  return `${prefix} ${rest}`.slice(0, maxLength).toWellFormed().trim()
}
