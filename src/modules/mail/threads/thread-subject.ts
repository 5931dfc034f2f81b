/** What mail programs of the world put before the subject of a reply. */
const replyWords = `re|aw|antw|antwort|ant|sv|vs|bls|rép|rep|réf|odp|r|rif|res|resp|atb|vá|ynt|ответ|απ|σχετ|השב|رد|
  回复|回覆|答复|答覆|返信|답장`.replaceAll(/\s/g, '')
const forwardWords = 'fwd|fw|wg|wtr|enc|rv|i|fs|tr|vb|vl|pd|doorst|továbbítás|ilt|пересл|转发|轉寄|전달'
/** `Re:`, `RE[2]:`, `Re (3) :`, `Aw：`. */
const prefix = (words: string) =>
  new RegExp(`^(?:${words})\\s*(?:\\[\\d{1,4}\\]|\\(\\d{1,4}\\)|\\^\\d{1,4})?\\s*[:：]\\s*`, 'iu')
export const replyPrefix = prefix(replyWords)
export const forwardPrefix = prefix(forwardWords)
const anyPrefix = prefix(`${replyWords}|${forwardWords}`)
/** The name of a mailing list and the like (RFC 5256 §2.1, subj-blob). */
export const listTag = /^\[[^[\]]{1,60}\]\s*/u

/** Whether a subject says that its message answers another one. */
export const isReplySubject = (subject: string): boolean => replyPrefix.test(withoutTags(subject.trim()))

/** A subject without what replies, forwards and lists put before it, in the spirit of RFC 5256 §2.1; may be empty. */
export function threadSubject(subject: string): string {
  let rest = subject.normalize('NFKC').replaceAll(/\s+/gu, ' ').trim()
  for (let before = ''; rest !== before; ) {
    before = rest
    rest = withoutTags(rest.replace(anyPrefix, ''))
  }
  return rest.toLowerCase()
}

/** A tag that is all of a subject stays, as RFC 5256 has it. */
function withoutTags(subject: string): string {
  const rest = subject.replace(listTag, '')
  return rest === '' ? subject : rest
}
