/** A server's answer to a command (RFC 5321 §4.2). */
export type SmtpReply = {
  code: number
  /** All its lines, each with its code. */
  text: string
}

export const isPositive = ({ code }: SmtpReply): boolean => code >= 200 && code < 300

/** Asks to try again later; what is neither this nor positive is refused for good. */
export const isTransient = ({ code }: SmtpReply): boolean => code >= 400 && code < 500

/** Longer than any answer that says something. */
const maxReplyBytes = 64 * 1024
const lineForm = /^([2-5]\d\d)(?:([ -])(.*))?$/s

/**
 * Cuts what a server says into replies. A line counts only once its end is there: of a connection that is cut, half of
 * `250 …` is no answer.
 * @throws Error of `push` for what is no SMTP.
 */
export function createReplyReader(onReply: (reply: SmtpReply) => void) {
  let rest: Buffer = Buffer.alloc(0)
  let lines: string[] = []
  let bytes = 0

  function takeLine(line: Buffer): void {
    const text = decode(line).replace(/\r$/, '')
    const [, code, separator] = lineForm.exec(text) ?? []
    if (code === undefined) throw new Error('The server answered something that is no SMTP.')
    lines.push(text)
    bytes += line.length
    if (bytes > maxReplyBytes) throw tooLong()
    if (separator === '-') return
    const reply = { code: Number(code), text: lines.join('\n') }
    lines = []
    bytes = 0
    onReply(reply)
  }

  return {
    push(chunk: Buffer): void {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        const line = rest.subarray(0, end)
        rest = rest.subarray(end + 1)
        takeLine(line)
      }
      if (rest.length > maxReplyBytes) throw tooLong()
    },
  }
}

const tooLong = () => new Error('The server answered more than anybody can read.')

/** RFC 5321 §4.2.1 has ASCII; most servers that say more say it in UTF-8. */
function decode(line: Buffer): string {
  const text = line.toString('utf8')
  return text.includes('\ufffd') ? line.toString('latin1') : text
}
