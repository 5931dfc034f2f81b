import { AppError } from '#platform/errors.ts'

const maxLength = 60

/** Keywords that mean something to servers and other programs already (RFC 5788; Thunderbird's marks of junk). */
const taken = new Set([
  ...['$forwarded', '$mdnsent', '$submitpending', '$submitted', '$junk', '$notjunk', '$phishing'],
  ...['junk', 'nonjunk', 'notjunk', 'forwarded'],
])

/** An IMAP keyword (an atom, RFC 3501 §9) that other mail programs show as something like the name. */
export function keywordOf(name: string, fallback: string): string {
  const word = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, maxLength)
  return word === '' || taken.has(word.toLowerCase()) ? fallback : word
}

/** One that its owner names, because another program uses it. @throws AppError `mail.label_keyword_invalid`. */
export function checkedKeyword(keyword: string): string {
  if (/^[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]+$/.test(keyword) && !taken.has(keyword.toLowerCase())) return keyword
  throw new AppError(
    'unprocessable',
    'mail.label_keyword_invalid',
    'That is no keyword of which mail servers know, or one that means something else; leave it out to get one.',
  )
}
