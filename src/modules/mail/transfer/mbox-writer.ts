/** What of a message's state on its server is written beside it, to be read again by those who import it. */
export type ExportedState = {
  flags: ReadonlySet<string>
  /** Gmail's labels; none elsewhere. */
  labels: ReadonlySet<string>
  receivedAt: Date
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/**
 * What begins a message in an mbox file: its From_ line (RFC 4155) with the time of its arrival, and its flags in the
 * fields that mail programs read there.
 */
export function mboxHead({ flags, labels, receivedAt }: ExportedState): string {
  const has = (flag: string) => flags.has(flag)
  const status = `${has('\\Seen') ? 'R' : ''}O`
  const more = `${has('\\Answered') ? 'A' : ''}${has('\\Flagged') ? 'F' : ''}${has('\\Draft') ? 'T' : ''}${has('\\Deleted') ? 'D' : ''}`
  const keywords = [...flags].filter((flag) => !flag.startsWith('\\')).map(oneWord)
  const named = [...labels].map((label) => label.replace(/^\\/, '')).map(encodedWord)
  return [
    `From MAILER-DAEMON ${asctime(receivedAt)}`,
    `Status: ${status}`,
    ...(more ? [`X-Status: ${more}`] : []),
    ...(keywords.length > 0 ? [`X-Keywords: ${keywords.join(' ')}`] : []),
    ...(named.length > 0 ? [`X-Gmail-Labels: ${named.join(',')}`] : []),
    '',
  ].join('\n')
}

/** A message's bytes as they stand in an mbox file: LF line ends, lines that look like a From_ line quoted (mboxrd). */
export async function* mboxBody(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest = ''
  for await (const chunk of chunks) {
    const text = rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1')
    // Whole lines only: what begins one must be seen as a whole.
    const end = text.lastIndexOf('\n') + 1
    rest = text.slice(end)
    if (end === 0) continue
    yield Buffer.from(quoted(text.slice(0, end)), 'latin1')
  }
  yield Buffer.from(rest === '' ? '\n' : `${quoted(rest)}\n\n`, 'latin1')
}

const quoted = (lines: string): string => lines.replace(/\r\n/g, '\n').replace(/(^|\n)(>*From )/g, '$1>$2')

function asctime(date: Date): string {
  const pad = (value: number) => String(value).padStart(2, '0')
  const time = `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`
  const day = String(date.getUTCDate()).padStart(2, ' ')
  return `${days[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${day} ${time} ${date.getUTCFullYear()}`
}

const oneWord = (keyword: string): string => keyword.replace(/[^\x21-\x7e]/g, '_')

/** RFC 2047; a comma would end the label. */
const encodedWord = (label: string): string =>
  /^[\w ./-]*$/.test(label) ? label : `=?utf-8?B?${Buffer.from(label).toString('base64')}?=`
